from features.boards import BOARDS
from features.reference import pages
from features.reference_boards import UNITS


def test_every_board_and_column_has_its_line_with_unit_and_null_in_both_languages():
    parts = dict(part.split("\n", 1) for part in pages()["boards.md"].split("\n## ")[1:])
    assert list(parts) == list(BOARDS)
    for name, board in BOARDS.items():
        lines = {line.split("|")[1].strip(" `*"): line for line in parts[name].splitlines() if line.startswith("| ")}
        for column in board.columns:
            cells = lines[column.name].split("|")
            assert len(cells) == 10 and all(cell.strip() for cell in cells[1:-1]), column.name
            assert cells[4].strip() == UNITS[column.kind] and (column.null is None) == (cells[7].strip() == "never")


def test_a_board_says_what_it_needs_and_whether_it_holds_ids():
    text = pages()["boards.md"]
    assert "`[tables.messages]`" in text and text.count("Holds user ids") == sum(one.people for one in BOARDS.values())
