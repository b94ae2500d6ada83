"""`holdfast boards` without a snapshot: what it writes, prints and refuses."""

from holdfast import app
from serving.cli.command import run

TOML = '[engine]\nthreads = 1\n[tables.orders]\npath = "orders.csv"\n[churn]\nhorizon_days = 10\n'


def test_it_writes_the_boards_of_a_date_and_says_what_the_others_lack(tmp_path, monkeypatch, capsys):
    days = [f"{user},2026-01-{day:02d},10" for user in (1, 2, 3) for day in range(user, 31, 4)]
    (tmp_path / "orders.csv").write_text("\n".join(["user_id,time,amount", *days]))
    (tmp_path / "holdfast.toml").write_text(TOML)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    assert run(app, ["boards", "--as-of", "2026-01-20"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Boards as of 2026-01-20" in out and "needs a scored snapshot" in out and "wrote" in out
    (folder,) = (tmp_path / "store" / "boards").iterdir()
    assert folder.name.startswith("2026-01-20-") and (folder / "boards" / "orders.parquet").exists()
    assert run(app, ["boards", "--as-of", "2026-01-20"]) == 0
    assert "already there" in capsys.readouterr().out
    assert run(app, ["boards", "--as-of", "2999-01-20"]) == 2
