"""Verbs of the command line that run beside the service: what takes minutes is started, and looked at later."""
