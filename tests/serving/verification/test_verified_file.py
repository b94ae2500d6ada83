"""What a verification found is kept whole; the newest stands, and a damaged file is told."""

from datetime import datetime

import pytest

from features.errors import BadInput
from serving.verification.verified_file import read_verified, write_verified

UNTIL, NOW = datetime(2026, 2, 1), datetime(2026, 2, 2, 3)


def test_it_is_read_as_it_was_written(tmp_path):
    assert read_verified(tmp_path) is None
    write_verified(tmp_path, [], UNTIL, NOW)
    assert read_verified(tmp_path) == {"until": "2026-02-01T00:00:00", "made": "2026-02-02T03:00:00", "plays": []}


def test_a_damaged_file_is_told_with_the_cure(tmp_path):
    file = write_verified(tmp_path, [], UNTIL, NOW)
    file.write_text(file.read_text(encoding="utf-8").replace("2026", "2025"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"verified\.json: damaged; verify again with 'holdfast verify'"):
        read_verified(tmp_path)
