"""A campaign of a list: its rules match whom the list holds, and what is wrong comes back in words."""

import pytest

from serving.api.pages.people import asked
from serving.campaigns.drafts.adjusted import adjusted
from serving.campaigns.drafts.play_file import read_plays
from tests.serving.api import campaign_world
from tests.serving.api.pages.handlers.campaigns.conftest import EVIL

ADDRESS = "/ui/campaigns/new?stage=at_risk&band=high,medium"
FORM = {"name": "back", "title": EVIL, "channel": ["email", "push"], "kind": "care", "goal": "at_risk -> active"}
FORM |= {"cost": "2", "budget": "100.5", "most": "", "holdout": "25", "offer": ""}


def test_the_form_is_filled_from_the_list(world):
    text = world.get(ADDRESS).text
    whom = asked({"stage": "at_risk", "band": "high,medium"})
    users = sum(row["stage"] == "at_risk" and row["risk_band"] in ("high", "medium") for row in world.rows)
    assert f"{users:,} users meet the rules today" in text and users > 0
    assert 'value="email" checked' in text and "at_risk_high_medium_" in text
    assert whom.rules == ["stage == 'at_risk'", "risk_band in ('high', 'medium')"]


def test_what_is_drafted_matches_whom_the_list_holds(world, started):
    answer = world.post(ADDRESS, who="eve", **FORM)
    ((_, arguments, by, about),) = started
    assert (answer.status_code, by, about) == (303, "eve", {"play": "back"})
    file = world.config.store_path / "playbook" / "back.toml"
    (play,) = read_plays(file)
    assert (play.cost, play.budget, play.most, play.holdout, play.goal) == (2, 100.5, None, 0.25, "at_risk -> active")
    assert {f"--add={file}", "--only=back"} <= set(arguments) and play.en == EVIL
    config = adjusted(world.config, ["back"], added=[file])
    run = campaign_world.planned(config, world.snapshot, [row["user_id"] for row in world.rows], "new", "eve")
    users = sum(row["stage"] == "at_risk" and row["risk_band"] in ("high", "medium") for row in world.rows)
    assert run.report["users"]["matched"] == users and run.plays["back"]["all"] == play.all
    text = world.get(f"/ui/campaigns/{run.name}").text
    assert "stage: at risk, risk band: high or medium" in text and EVIL not in text
    again = world.post(ADDRESS, **(FORM | {"cost": "3"}))
    assert again.status_code == 422 and "take another name" in again.text


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({"name": "../x"}, "以字母或数字开头"),
        ({"name": "evil"}, "已有同名打法"),
        ({"channel": []}, "请至少选择一个渠道"),
        ({"channel": ["pigeon"]}, "pigeon"),
        ({"budget": ""}, "优惠有成本，请填写预算"),
        ({"cost": "-1"}, "请填写大于 0 的数字"),
        ({"most": "1.5"}, "most"),
        ({"holdout": "100"}, "请填写小于 100 的百分比"),
        ({"goal": "nowhere -> active"}, "no stage &#39;nowhere&#39;"),
        ({"kind": "<b>"}, "kind"),
        ({"offer": "orders.x"}, "is no column of users"),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(world, started, wrong, told):
    answer = world.post(ADDRESS, language="zh", **(FORM | {"name": "other"} | wrong))
    assert answer.status_code == 422 and told in answer.text and started == []
    assert 'value="&lt;script&gt;alert(1)&lt;/script&gt;"' in answer.text and "<b>" + "x" not in answer.text
    assert not (world.config.store_path / "playbook" / "other.toml").exists()


def test_a_list_that_no_rule_can_say_makes_no_campaign(world, started):
    answer = world.post("/ui/campaigns/new?stage=new&from=-", **FORM)
    assert answer.status_code == 422 and "no rule can say that" in answer.text and started == []
