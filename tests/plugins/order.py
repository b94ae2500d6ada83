"""The order of the tests: what shares a trained base stands together, so that one of two workers makes it, not both.

With `--dist worksteal` each worker begins with one half of the list, and who is done takes from the end of the other's
half. So a half begins with what its base is made for and with what takes long, and ends with what is short and needs
neither. Files stay whole, in the order of their paths.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Folders, in their order, and the fixture that makes their trained base. What stands nowhere here comes last.
PARTS = {"notebooks/": "", "tests/training/": "system", "tests/features/": "", "tests/serving/": "base"}


def place(path: str, fixtures: set[str], slow: bool) -> tuple[int, bool, bool]:
    """Where a file stands, by the fixtures that its tests use and whether one of them is slow."""
    part = next((number for number, folder in enumerate(PARTS) if path.startswith(folder)), len(PARTS))
    shared = next((name for folder, name in PARTS.items() if path.startswith(folder)), "")
    return part, shared not in fixtures, not slow


@pytest.hookimpl(trylast=True)  # tests/plugins/slow.py first
def pytest_collection_modifyitems(items):
    fixtures, slow = {}, set()
    for item in items:
        fixtures.setdefault(item.path, set()).update(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("slow"):
            slow.add(item.path)
    places = {path: place(path.relative_to(ROOT).as_posix(), used, path in slow) for path, used in fixtures.items()}
    items.sort(key=lambda item: places[item.path])
