"""The pages of campaigns: the runs and the playbook, one run, its users, and what operators do with it."""
