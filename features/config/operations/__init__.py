"""What user operations set: the contact policy, named groups of users, and the playbook."""
