"""Campaigns: the playbook applied to a snapshot, under the contact policy; what is decided never changes."""
