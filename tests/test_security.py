"""The page of known advisories speaks of the versions that are pinned, and of guards that are there."""

import re
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/explanation/security.md").read_text(encoding="utf-8")
ADVISORY = re.compile(r"CVE-\d{4}-\d{4,}|GHSA(-\w{4}){3}")
MENDED = re.findall(r"^\| ([\w-]+) \| (CVE[^|]+) \| [^|]+ \| (\d[\d.]*) \| [^|]+ \|$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def pinned():
    """Library, in lower case → its version in constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {name.lower(): Version(version) for name, _, version in (line.partition("==") for line in lines) if version}


def test_no_pinned_version_is_older_than_what_mends_it(pinned):
    old = [(name, ids) for name, ids, mended in MENDED if pinned[name.lower()] < Version(mended)]
    assert MENDED and old == []


def test_every_advisory_is_under_a_library_that_is_pinned(pinned):
    rows = [line.split(" | ")[:2] for line in PAGE.splitlines() if ADVISORY.search(line) and line.startswith("| ")]
    names = {name for row in rows for name in row[0].removeprefix("| ").lower().split(", ")}
    assert len(rows) >= len(MENDED) and names - set(pinned) == set()


def test_every_guard_has_a_test_that_exists():
    guards = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    gone = [one for one in guards if f"def {one[1]}(" not in (ROOT / one[0]).read_text(encoding="utf-8")]
    assert len(guards) > 10 and gone == []
