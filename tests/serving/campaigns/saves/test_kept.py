"""The file of save rates is whole, the same for the same plays, and named where it is damaged."""

import pytest

from features import whole_files
from features.errors import BadInput
from serving.campaigns.saves.kept import read_save_rates, write_save_rates

PLAYS = {"winback": {"rate": 0.25, "treated": 3000, "tiers": {"low": {"rate": 0.1}}}}


def test_what_is_written_is_read_and_the_same_plays_give_the_same_bytes(tmp_path):
    file = write_save_rates(tmp_path, PLAYS)
    assert file == tmp_path / "verification" / "save_rates.json"
    assert read_save_rates(tmp_path) == PLAYS
    before = file.read_bytes()
    write_save_rates(tmp_path, {"other": {}})
    assert read_save_rates(tmp_path) == {"other": {}}
    assert write_save_rates(tmp_path, PLAYS).read_bytes() == before


def test_without_a_file_nothing_was_verified(tmp_path):
    assert read_save_rates(tmp_path) == {}


def test_a_changed_file_and_one_of_another_format_are_named_with_the_cure(tmp_path):
    file = write_save_rates(tmp_path, PLAYS)
    file.write_bytes(file.read_bytes().replace(b"3000", b"3001"))
    with pytest.raises(BadInput, match=r"save_rates.json: damaged.*holdfast verify"):
        read_save_rates(tmp_path)
    whole_files.write_sealed(file, {"version": 0, "plays": PLAYS})
    with pytest.raises(BadInput, match=r"save_rates.json: of another format.*holdfast verify"):
        read_save_rates(tmp_path)
