"""The page of runs: what it counts is what the API says, and a draft of the form is planned as it was asked."""

import re

import pytest

from tests.serving.api.pages.handlers.campaigns.conftest import EVIL

CHOSEN = {"play": ["worth_it", "evil"], "budget.evil": "5", "most.worth_it": "7", "most.evil": ""}


@pytest.mark.parametrize("language, draft", [("en", "draft"), ("zh", "草稿")])
def test_runs_are_counted_as_the_api_counts_them(world, run, language, draft):
    text = world.get("/ui/campaigns", language=language).text
    told = next(one for one in world.client.get("/v1/campaigns").json()["campaigns"] if one["run"] == run.name)
    row = next(one for one in re.findall(r"<tr>.*?</tr>", text, re.DOTALL) if run.name in one)
    numbers = [int(one.replace(",", "")) for one in re.findall(r">([\d,]+)</a>", row)]
    assert numbers == [told["matched"], told["treated"], told["held_back"]] and told["treated"] > 0
    assert draft in row and "ann" in row
    assert EVIL not in text and "&lt;script&gt;" in text and "onerror" not in text


def test_who_sees_no_users_gets_numbers_without_links_and_no_form(world, run):
    text = world.get("/ui/campaigns", scopes=("view",)).text
    assert f"/ui/campaigns/{run.name}" in text and "/people" not in text and "<form action=" not in text


def test_a_draft_is_planned_by_what_the_form_says_and_who_sent_it(world, started):
    answer = world.post("/ui/campaigns/draft", who="eve", **CHOSEN, **{"budget.worth_it": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/campaigns#jobs")
    ((kind, arguments, by, _),) = started
    assert (kind, by) == ("plan", "eve") and arguments[:2] == ["campaign", "plan"]
    assert {"--only=worth_it", "--only=evil", "--budget=evil=5.0", "--most=worth_it=7", "--by=eve"} <= set(arguments)
    assert f"--snapshot={world.snapshot.run_id}" in arguments and "--budget=worth_it" not in str(arguments)


@pytest.mark.parametrize(
    "form, told",
    [
        ({}, "请至少选择一个打法"),
        ({"play": "nobody"}, "--only &#39;nobody&#39;"),
        (CHOSEN | {"budget.evil": "lots"}, "请填写大于 0 的金额"),
        (CHOSEN | {"budget.evil": ""}, "打法手册限定为 20"),
        (CHOSEN | {"most.worth_it": "1.5"}, "请填写用户数"),
        (CHOSEN | {"budget.evil": "1e999"}, "请填写大于 0 的金额"),
    ],
)
def test_what_is_wrong_comes_back_in_words_with_what_was_typed(world, started, form, told):
    answer = world.post("/ui/campaigns/draft", language="zh", **form)
    assert answer.status_code == 422 and told in answer.text and started == []
    for key, value in form.items():
        assert key == "play" or not value or f'value="{value}"' in answer.text


def test_a_field_that_the_form_does_not_have_is_refused(world, started):
    assert world.post("/ui/campaigns/draft", play="evil", other="1").status_code == 400 and started == []
