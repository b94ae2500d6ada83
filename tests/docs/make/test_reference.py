"""No reference page is stale."""

from pathlib import Path

import pytest

from serving.cli.reference import verbs

ROOT = Path(__file__).parents[3]
NAMES = [
    *(
        "boards.md",
        "campaigns.md",
        "environment.md",
        "errors.md",
        "exports.md",
        "features.md",
        "metrics.md",
        "routes.md",
        "rules.md",
        "settings.md",
        "snapshot.md",
    ),
    *("tables.md", "verbs.md"),
]


@pytest.fixture(scope="module")
def reference(made):
    return made("reference")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_not_stale(reference, name):
    page = ROOT / "docs/reference" / name
    assert page.read_text(encoding="utf-8") == reference.pages()[name], "run 'make docs' and commit the page"


def test_every_page_that_is_made_is_held_against_its_file(reference):
    assert sorted(reference.pages()) == NAMES


def test_every_verb_has_its_section(reference):
    text = reference.pages()["verbs.md"]
    assert all(f"\n## {name}\n" in text for name in verbs(reference.app))


def test_pages_are_written_whole_and_others_stay(reference, tmp_path):
    (tmp_path / "glossary.md").write_text("by hand")
    reference.write(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {*reference.pages(), "glossary.md"}
