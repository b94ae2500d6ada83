"""A text counts as theirs only where nobody else has it, and never where the configuration speaks of it."""

from features import suppressed
from features.suppressed import Suppressed
from serving.rights.own_texts import own_texts
from serving.rights.people import People


def test_what_all_of_a_place_have_is_theirs_only_once_all_are_erased(copy, planted):
    config = copy()
    assert own_texts(config, People(tuple(planted.ids[:3])), Suppressed()) == []
    assert own_texts(config, People(tuple(planted.ids)), Suppressed()) == [planted.text]
    gone = suppressed.add(config.store_path, planted.ids[:3])
    assert own_texts(config, People((planted.ids[3],)), gone) == [planted.text]


def test_a_word_of_the_configuration_is_nobodys(copy, planted):
    config = copy()
    for file in (config.file.parent / "users.csv", config.file.parent / "orders.csv"):
        file.write_text(file.read_text().replace(planted.text, "perks"))  # the name of a play
    assert own_texts(config, People(tuple(planted.ids)), Suppressed()) == []


def test_tables_that_are_gone_hinder_nobody(copy, planted, caplog):
    config = copy()
    (config.file.parent / "users.csv").unlink()
    assert own_texts(config, People(tuple(planted.ids)), Suppressed()) == []
    assert "the tables cannot be read" in caplog.text
