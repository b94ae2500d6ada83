from features.catalogue.feature import REGISTRY
from features.catalogue.input_tables import CONTRACTS
from features.config import Config
from features.reference import pages


def test_every_feature_setting_and_column_has_its_line():
    text = pages()
    assert all(f"| `{name}` |" in text["features.md"] for name in REGISTRY)
    headings = text["settings.md"].replace("[[", "[")
    assert all(f"## [{name}" in headings for name in Config.model_fields if name != "file")
    assert all(f"| `{column.name}` |" in text["tables.md"] for one in CONTRACTS.values() for column in one.columns)


def test_operations_stand_behind_what_they_use_with_keys_as_they_are_written():
    text = pages()["settings.md"]
    headings = [line.strip("# []") for line in text.splitlines() if line.startswith("## ")]
    assert headings[0] == "project" and headings.index("api") < headings.index("contact") < headings.index("play")
    assert headings[headings.index("contact") + 1] == "contact.channels.NAME" and "`from`, `to`" in text


def test_every_setting_has_a_meaning_and_a_kind():
    rows = [line for line in pages()["settings.md"].splitlines() if line.startswith("| `")]
    assert rows
    assert not [row for row in rows if "None |" in row.split("|")[2] or not row.split("|")[3].strip()]
