"""What monitoring found, as a person reads it in the terminal: the verdict, its reasons, and the tables."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from serving.monitoring.report.tables import VERDICTS, tables
from serving.terminal.console import console, in_language, say


def show_monitoring(told: Mapping[str, Any], names: Mapping[str, tuple[str, str]], language: str = "en") -> None:
    """The tables first, so that the verdict and its reasons stand last. told: see ``report_json.as_json``."""
    for one in tables(told, names, language):
        table = Table(title=one.title, title_justify="left")
        for number, heading in enumerate(one.headings):
            table.add_column(heading, justify="right" if number else "left")
        for row in one.rows:
            table.add_row(*row)
        console().print(table)
    colon = in_language(language, ": ", "：")
    for found in told["findings"]:
        say(f"{VERDICTS[found['level']][language]}{colon}{found['said'][language]}")
    head, comma = in_language(language, "verdict", "结论"), in_language(language, ", ", "，")
    say(f"{head}{colon}{VERDICTS[told['verdict']][language]}{comma}{told['advice'][language]}")
