"""`holdfast verify` from a table of assignments: what it prints, writes and refuses."""

import json

import pytest

from holdfast import app
from serving.cli.command import run

USERS = range(200)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A shop whose treated users came back more often."""
    treated = {user for user in USERS if user % 2}
    orders = [(user, "2026-01-05") for user in USERS] + [(user, "2026-02-20") for user in treated if user % 3]
    orders += [(0, "2026-05-01")]
    lines = ["user_id,time,amount", *(f"{user},{day},10" for user, day in orders)]
    (tmp_path / "orders.csv").write_text("\n".join(lines))
    rows = [f"{user},2026-02-10,l'été,{'treatment' if user in treated else 'holdout'}" for user in USERS]
    (tmp_path / "assignments.csv").write_text("\n".join(["user_id,time,campaign_id,arm", *rows]))
    (tmp_path / "holdfast.toml").write_text(
        '[engine]\nthreads = 1\n[tables.orders]\npath = "orders.csv"\n[tables.assignments]\npath = "assignments.csv"\n'
        "[churn]\nhorizon_days = 30\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_tells_the_verdict_and_writes_json_report_and_looks(folder, capsys):
    assert run(app, ["verify", "--json", "out/v.json"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "l'été: it worked" in out and "report:" in out
    (one,) = json.loads((folder / "out/v.json").read_text())["plays"]
    assert one["verdict"] == "worked" and one["assigned"] == {"treatment": 100, "holdout": 100}
    store = next(folder.rglob("verification"))
    kinds = sorted(file.suffixes[-2] if file.suffix == ".html" else file.name for file in store.iterdir())
    assert kinds == [".en", ".zh", "looks.json", "save_rates.json", "verified.json"]
    assert run(app, ["verify", "--language", "zh"]) == 0
    assert "有效" in capsys.readouterr().out and len(list(store.iterdir())) == 5


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--language", "fr"], "--language 'fr': write en or zh"),
        (["--play", "none"], "nobody was assigned yet"),
        (["--design", "p"], "no run yet; make one with 'holdfast campaign plan'"),
    ],
)
def test_what_cannot_be_told_is_one_line(folder, capsys, arguments, error):
    assert run(app, ["verify", *arguments]) == 2
    assert error in capsys.readouterr().err
