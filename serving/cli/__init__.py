"""The groups of verbs on the command line: they parse and call, as holdfast.py does for single verbs."""
