"""`holdfast init`: looks at a person's files and writes a first holdfast.toml, with a question where it cannot tell."""

from features.first_config.playbook import append
from features.first_config.write import write

__all__ = ["append", "write"]
