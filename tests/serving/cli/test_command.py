"""How verbs end: the exit code and the one line on stderr; and the date that an option names."""

import signal
import time
from datetime import datetime

import duckdb
import pytest
import typer

from features.config import Config
from features.errors import BadInput, GateFailed
from serving.cli import command

ENDS = {
    "bad input": (BadInput("shop.toml: no such\n  file"), 2, "holdfast: shop.toml: no such file\n"),
    "a failed gate": (GateFailed("too few users"), 1, "holdfast: too few users\n"),
    "a person": (KeyboardInterrupt(), 130, "holdfast: stopped\n"),
    "the disk": (
        FileNotFoundError(2, "No such file", "a.csv"),
        2,
        "holdfast: a.csv: No such file; check the path, its rights and the space on the disk\n",
    ),
    "the memory": (
        duckdb.OutOfMemoryException("too much\nmore"),
        2,
        "holdfast: too much; give queries more memory (engine.memory) or the store's disk more space\n",
    ),
    "a number beyond all bounds": (
        duckdb.OutOfRangeException("Overflow in sum\nmore"),
        2,
        "holdfast: a number is too large to be worked with: Overflow in sum; look for values far beyond all others\n",
    ),
}


@pytest.mark.parametrize("error, code, line", ENDS.values(), ids=ENDS.keys())
def test_a_bad_end_is_a_code_and_one_line(capsys, error, code, line):
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def verb():
        raise error

    assert command.run(app, []) == code and capsys.readouterr().err == line


def test_ctrl_c_is_heard_where_python_drops_errors(capsys):
    app = typer.Typer(pretty_exceptions_enable=False)

    class Collected:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    @app.command()
    def verb():
        Collected()
        time.sleep(20)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert command.run(app, []) == 130 and capsys.readouterr().err == "holdfast: stopped\n"
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_good_end_is_silent_and_a_wrong_option_names_the_help(capsys):
    app = typer.Typer()

    @app.command()
    def verb(users: int = 1):
        pass

    assert command.run(app, []) == 0 and capsys.readouterr().err == ""
    assert command.run(app, ["--users", "many"]) == 2
    assert capsys.readouterr().err.endswith("; see 'holdfast --help'\n")


def test_a_date_is_read_in_the_projects_zone():
    config = Config(tables={"orders": {"path": "x"}}, project={"timezone": "Asia/Shanghai"})
    assert command.moment(config, "2025-01-02") == datetime(2025, 1, 1, 16)
    assert command.moment(config, None) is None
    with pytest.raises(BadInput, match="--to: 'soon' is not a date"):
        command.moment(config, "soon", "--to")
