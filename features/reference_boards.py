"""The reference page of the boards, from their contracts."""

from features.boards import BOARDS, Board
from features.boards.board import Column
from features.reference_rules import NOTE

UNITS = {
    "text": "name",
    "id": "user id",
    "date": "date",
    "count": "whole number",
    "days": "days",
    "money": "as value.sum",
    "share": "0 to 1",
    "number": "number",
    "texts": "names",
}


def page() -> str:
    """Every board with its sentence, what it needs, and its columns in both languages."""
    lines = [
        NOTE,
        "# Boards\n",
        "What is known of the whole base over time. `holdfast score` writes each board beside the snapshot, as "
        "`boards/NAME.parquet`, from rows before the as-of alone; one whose tables are missing is left out, and the "
        "manifest says why. The columns in bold tell the rows apart. Money is in the currency of the tables.\n",
    ]
    for board in BOARDS.values():
        lines += [
            f"\n## {board.name}\n",
            f"{board.title.en} · {board.title.zh}. {board.says.en} {_needs(board)}\n",
            f"{board.says.zh}\n",
            "| column | title | 标题 | unit | meaning | 含义 | null means | 空值 |",
            "|---|---|---|---|---|---|---|---|",
        ]
        lines += [_line(one, place < board.key) for place, one in enumerate(board.columns)]
    return "\n".join(lines) + "\n"


def _needs(board: Board) -> str:
    needs = [f"`[tables.{name}]`" for name in board.needs] + (["a scored snapshot"] if board.scored else [])
    who = " Holds user ids: not for the scope `view`." if board.people else ""
    return f"Needs {' and '.join(needs)}.{who}" if needs else f"Made of whatever tables there are.{who}"


def _line(one: Column, key: bool) -> str:
    name = f"**`{one.name}`**" if key else f"`{one.name}`"
    null = (one.null.en, one.null.zh) if one.null else ("never", "无")
    return (
        f"| {name} | {one.title.en} | {one.title.zh} | {UNITS[one.kind]} | {one.says.en} | {one.says.zh} | "
        f"{null[0]} | {null[1]} |"
    )
