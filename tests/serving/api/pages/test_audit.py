"""Who looked at whom is noted in one line before it is shown, without a user's id."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from types import SimpleNamespace

import pytest

from serving.api.contract.errors import Refused
from serving.api.guard import logs
from serving.api.pages.audit import FILE, audit, subject
from serving.api.pages.view import Who


@pytest.fixture
def view(tmp_path, monkeypatch):
    """As much of one as is looked at; the log goes to standard output, wherever other tests sent it."""
    monkeypatch.setattr(logs._OUT, "given", None)
    return SimpleNamespace(who=Who("lin", ("read",)), noted=[], config=SimpleNamespace(store_path=tmp_path))


def lines(view):
    return [json.loads(line) for line in (view.config.store_path / FILE).read_text().splitlines()]


def test_a_line_says_who_did_what_to_how_many_in_the_store_and_in_the_log(view, capsys):
    audit(view, "list opened", 412, filter={"stage": "at_risk"})
    (line,) = lines(view)
    said = json.loads(capsys.readouterr().out)
    wanted = {"key": "lin", "what": "list opened", "count": 412, "filter": {"stage": "at_risk"}}
    assert {name: line[name] for name in wanted} == wanted == {name: said[name] for name in wanted}
    assert line["time"].endswith("+00:00") and said["message"] == "audit"


def test_a_user_stands_there_as_a_hash_that_answers_who_looked_at_them(view, capsys):
    audit(view, "user opened", 1, subject=subject(4711))
    assert lines(view)[0]["subject"] == sha256(b"4711").hexdigest() == subject("4711") != subject("471")
    assert "4711" not in (view.config.store_path / FILE).read_text() + capsys.readouterr().out


@pytest.mark.parametrize("name", ["user", "user_id", "q", "id"])
def test_what_might_name_a_user_is_not_taken(view, name):
    with pytest.raises(ValueError, match="not among what is noted"):
        audit(view, "list opened", 1, **{name: "ann@example.com"})
    with pytest.raises(ValueError, match="not among what is noted"):
        audit(view, "something else", 1)
    assert not (view.config.store_path / FILE).exists()


def test_no_line_is_longer_than_names_of_ours_need(view):
    audit(view, "list opened", 1, filter={"stage": "x" * 10_000}, run="y" * 10_000)
    assert lines(view)[0]["filter"] == {"stage": "x" * 200} and lines(view)[0]["run"] == "y" * 200


def test_lines_of_many_at_once_stay_whole(view):
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda n: audit(view, "list downloaded", n, filter={"stage": "x" * 200}), range(200)))
    assert sorted(one["count"] for one in lines(view)) == list(range(200))


def test_what_cannot_be_noted_is_not_shown(view):
    (view.config.store_path / FILE).mkdir(parents=True)
    with pytest.raises(Refused) as caught:
        audit(view, "list opened", 1)
    assert (caught.value.problem.status, caught.value.problem.code) == (503, "no_audit")
