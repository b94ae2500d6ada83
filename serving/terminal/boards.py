"""What `holdfast boards` prints: the boards that were made with their rows, and the others with why not."""

from rich.table import Table

from features.boards import BOARDS
from serving.reports.boards import Made, told_files
from serving.terminal.console import console, say


def show_boards(made: Made) -> None:
    """One row a board, in the order in which people are shown them."""
    rows, missing = told_files(made), made.about["boards"]["missing"]
    table = Table(title=f"Boards as of {made.about['as_of'][:10]}", title_justify="left")
    for heading in ("board", "title", "rows", "why not"):
        table.add_column(heading, justify="right" if heading == "rows" else "left")
    for name, board in BOARDS.items():
        table.add_row(name, board.title.en, f"{rows[name]:,}" if name in rows else "–", missing.get(name, ""))
    console().print(table)
    say(f"{'wrote' if made.anew else 'already there:'} {made.folder}")
