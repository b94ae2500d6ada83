"""Who may read what a run writes: set once for the process, so that no writer can forget it, nor MLflow or DuckDB."""

import os

MASKS = {"private": 0o077, "group": 0o007}  # files 0600 in folders 0700, or 0660 in 0770


def apply(mode: str) -> None:
    """From now on this process and those it starts make files of that mode. What is there already stays as it is."""
    os.umask(MASKS[mode])
