"""A simulated user base to try things on, for notebooks and documents."""

from pathlib import Path
from tempfile import mkdtemp

from features import whole_files
from features.simulate import simulate

EXAMPLE = """\
[tables.orders]
path = "data/orders/*.parquet"
[tables.events]
path = "data/events/*.parquet"
[tables.users]
path = "data/users/*.parquet"
[churn]
activity = ["orders"]
horizon_days = 30
[train]
cutoffs = 6
"""


def example(users: int = 3000, folder: str | Path | None = None, days: int = 540) -> Path:
    """Simulate a user base to try things on and return its holdfast.toml.

    folder: an empty one to write to; default: a new temporary one. days: how far back the logs reach.

    >>> example(100).name
    'holdfast.toml'
    """
    at = Path(folder or mkdtemp(prefix="holdfast-"))
    simulate(at / "data", users, days=days)
    file = at / "holdfast.toml"
    whole_files.write_text(file, EXAMPLE)
    return file
