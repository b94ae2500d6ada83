"""Drafts of a run: some plays of the playbook with other budgets, and plays that a person made on the pages."""
