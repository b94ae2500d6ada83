"""The page of verbs follows from the command line."""

from typing import Annotated

import typer

from serving.cli.reference import options, page, verbs


def app():
    made, inner = typer.Typer(), typer.Typer()
    made.add_typer(inner, name="shelf")

    @made.command()
    def weigh(
        which: Annotated[str, typer.Argument(help="What is weighed.")],
        times: Annotated[int, typer.Option(min=1, max=9, help="How often.")] = 3,
        loud: Annotated[bool, typer.Option("--loud", help="Say it.")] = False,
    ) -> None:
        """Weigh something."""

    @inner.command("list")
    def list_all(names: Annotated[list[str] | None, typer.Argument(help="Which.")] = None) -> None:
        """List it."""

    return made


def test_verbs_of_groups_have_both_words():
    assert list(verbs(app())) == ["weigh", "shelf list"]


def test_a_row_holds_meaning_kind_range_and_default():
    text = page(app())
    assert "`holdfast weigh WHICH [OPTIONS]`" in text
    assert "| `WHICH` | What is weighed. | text | needed |" in text
    assert "| `--times` | How often. | whole number, 1 to 9 | `3` |" in text
    assert "| `--loud` | Say it. | switch |  |" in text


def test_arguments_that_may_be_left_out_stand_in_brackets():
    assert "`holdfast shelf list [NAMES…] [OPTIONS]`" in page(app())


def test_options_are_those_that_the_verb_takes():
    assert options(verbs(app())["weigh"]) == {"--times", "--loud"}
