"""Approving, exporting, cancelling: by two persons, once, and what was exported can be fetched, and nothing else."""

import json
import shutil

import pytest

from features import whole_files
from serving.api.pages.audit import FILE
from serving.campaigns.receipts import APPROVAL, CANCELLED, approval, cancelled

SEND = {"play": "evil", "format": "csv", "list": "full", "text": ""}


@pytest.fixture
def draft(world, request):
    return world.plan(mark=request.node.name)


def test_who_drafted_does_not_approve_and_somebody_else_does_once(world, draft):
    address = f"/ui/campaigns/{draft.name}/approve"
    own = world.post(address, who="ＡＮＮ ", language="zh")
    assert own.status_code == 409 and "起草人不能批准" in own.text and approval(draft) is None
    assert 'href="/ui/campaigns/' + draft.name + "?lang=en" in own.text  # not the address of the form
    done = world.post(address, who="bob")
    noted = json.loads((world.config.store_path / FILE).read_text(encoding="utf-8").splitlines()[-1])
    assert (noted["what"], noted["key"], noted["run"]) == ("run approved", "bob", draft.name)
    assert (done.status_code, done.headers["location"]) == (303, f"/ui/campaigns/{draft.name}")
    assert approval(draft)["by"] == "bob" and approval(draft)["manifest_sha256"] == draft.sha256
    assert world.post(address, who="carl").status_code == 409 and approval(draft)["by"] == "bob"


def test_only_what_was_approved_is_exported_as_it_was_asked(world, draft, started):
    address = f"/ui/campaigns/{draft.name}/export"
    assert world.post(address, **SEND).status_code == 422 and started == []
    world.post(f"/ui/campaigns/{draft.name}/approve")
    for wrong in ({"play": []}, {"format": "exe"}, {"list": "some"}, {"text": "x" * 3000}):
        assert world.post(address, **(SEND | wrong)).status_code == 422, wrong
    assert world.post(address, **(SEND | {"play": "nobody"})).status_code == 409 and started == []
    answer = world.post(address, who="eve", **(SEND | {"text": "--by=ann", "play": ["evil", "worth_it"]}))
    ((kind, arguments, by, about),) = started
    assert (answer.status_code, kind, by, about) == (303, "export", "eve", {"run": draft.name})
    assert {"--text=--by=ann", "--by=eve", "--play=evil", "--play=worth_it", "--format=csv"} <= set(arguments)


def test_what_is_cancelled_stays_so(world, draft, started):
    assert world.post(f"/ui/campaigns/{draft.name}/cancel", who="ann").status_code == 303
    assert cancelled(draft)["by"] == "ann" and (draft.folder / CANCELLED).exists()
    for act, form in (("approve", {}), ("cancel", {}), ("export", SEND)):
        answer = world.post(f"/ui/campaigns/{draft.name}/{act}", **form)
        assert answer.status_code in (409, 422) and "cancelled by ann" in answer.text
    assert started == [] and not (draft.folder / APPROVAL).exists()


def test_a_field_more_is_refused_and_nothing_done(world, draft):
    assert world.post(f"/ui/campaigns/{draft.name}/approve", by="carl").status_code == 400 and approval(draft) is None


@pytest.fixture
def place(draft):
    """Where an export lies that was not made: what plans afterwards is not to read it."""
    yield draft.folder / "exports" / "evil-csv-full"
    shutil.rmtree(draft.folder / "exports")


def test_an_exported_file_is_fetched_whole_and_no_other(world, draft, place):
    file = place / "email" / "part-0001.csv"
    file.parent.mkdir(parents=True)
    file.write_text("user_id\r\n1\r\n", encoding="utf-8")
    told = {"file": "email/part-0001.csv", "rows": 1, "sha256": whole_files.sha256(file)}
    about = {"play": "evil", "format": "csv", "which": "full", "at": "2026-01-01T00:00:00", "by": "bob"}
    rest = {"rows": {"email": 1, "push": 0}, "dropped": {"no_consent": 2}, "left_out": {"no_id": 1}, "files": [told]}
    whole_files.write_sealed(place / "receipt.json", about | rest)
    address = f"/ui/campaigns/{draft.name}/files/evil-csv-full/0"
    text = world.get(f"/ui/campaigns/{draft.name}").text
    assert f'href="{address}"' in text and "did not consent 2" in text
    got = world.get(address)
    assert got.content == file.read_bytes() and "attachment" in got.headers["content-disposition"]
    for other in ("evil-csv-full/1", "evil-csv-full/-1", "other/0", "%2e%2e/0"):
        assert world.get(f"/ui/campaigns/{draft.name}/files/{other}").status_code == 404, other
    file.write_text("changed", encoding="utf-8")
    assert world.get(address).status_code == 503
