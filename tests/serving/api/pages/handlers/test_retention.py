"""Cohorts: shares are those of the board over the channels chosen."""

import re

from serving.api.pages.handlers.retention import _cohorts


def row(date, channel, period, users, retained):
    sums = {"users": users, "retained": retained, "repurchased": 0, "value_so_far": 10.0 * users}
    return {"date": date, "channel": channel, "period": period, **sums}


def test_channels_add_up_before_they_are_divided():
    found = _cohorts([row(1, "ads", 1, 10, 1), row(1, "web", 1, 30, 27), row(1, "ads", 0, 10, 10)])
    assert found[1][1]["users"] == 40 and found[1][1]["retained"] == 28 and found[1][0]["users"] == 10


def test_the_page_shows_the_boards_shares(site, view):
    rows = [one for one in view().board("retention").to_pylist() if one["period"] == 1]
    newest = max(one["date"] for one in rows)
    kept = [one for one in rows if one["date"] == newest]
    share = sum(one["retained"] for one in kept) / sum(one["users"] for one in kept)
    text = site.get("/ui/retention", headers={"accept-language": "en"}).text
    assert re.search(rf'class="num heat-\d">{100 * share:.1f} %</td>', text)


def test_one_channel_is_that_channel_alone(site, view):
    rows = view().board("retention").to_pylist()
    channel = next(one["channel"] for one in rows if one["channel"])
    users = sum(one["users"] for one in rows if one["channel"] == channel and one["period"] == 0)
    text = site.get(f"/ui/retention?channel={channel}", headers={"accept-language": "en"}).text
    assert f"<option selected>{channel}</option>" in text and users > 0
