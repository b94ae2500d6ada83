"""Who was erased is known by a salted hash alone, and never forgotten by accident."""

import pytest

from features import suppressed
from features.errors import BadInput


def test_users_are_known_again_as_number_or_text_and_the_file_names_nobody(tmp_path):
    first = suppressed.add(tmp_path, ["4711", "zoë"])
    then = suppressed.add(tmp_path, ["4711", "another"])
    found = suppressed.read(tmp_path)
    assert found == then and found.salt == first.salt and len(found.hashes) == 3
    assert found.holds(4711) and found.holds("4711") and found.holds("zoë") and not found.holds("471")
    text = (tmp_path / suppressed.FILE).read_text()
    assert "zoë" not in text and "another" not in text and first.mark != then.mark


def test_the_same_id_has_another_hash_in_another_store(tmp_path):
    stores = [tmp_path / name for name in ("one", "two")]
    for store in stores:
        store.mkdir()
    one, other = (suppressed.add(store, ["4711"]) for store in stores)
    assert not one.hashes & other.hashes


def test_nobody_is_suppressed_where_nobody_was_erased(tmp_path):
    assert not suppressed.read(tmp_path).holds("4711") and suppressed.read(tmp_path).mark == ""


def test_a_damaged_file_stops_everything(tmp_path):
    suppressed.add(tmp_path, ["4711"])
    file = tmp_path / suppressed.FILE
    file.write_text(file.read_text()[:-30])
    with pytest.raises(BadInput, match="holds who was erased; bring it back from a backup"):
        suppressed.read(tmp_path)
