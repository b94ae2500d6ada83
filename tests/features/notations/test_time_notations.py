"""Which time formats are proposed for a column of times, and what is asked where its values cannot tell."""

from datetime import datetime

import pytest

from features.notations.time_notations import propose_times

NOTATIONS = {
    "23.04.2019 17:05": "%d.%m.%Y %H:%M",
    "4/23/2019 5:05 PM": "%m/%d/%Y %I:%M %p",
    "4/23/19": "%m/%d/%y",
    "23-04-2019": "%d-%m-%Y",
    "23APR2019": "%d%b%Y",
    "23-Apr-2019 17:05:09": "%d-%b-%Y %H:%M:%S",
    "April 23, 2019": "%B %d, %Y",
    "Apr 23 2019, 17:05": "%b %d %Y, %H:%M",
    "2019年4月23日 17时5分": "%Y年%m月%d日 %H时%M分",
    "2019.4.23": "%Y.%m.%d",
    "20190423": "%Y%m%d",
    "201904231705": "%Y%m%d%H%M",
    "20190423 17:05": "%Y%m%d %H:%M",
    "23/04/2019 17:05:09.250+02:00": "%d/%m/%Y %H:%M:%S.%f%z",
    "1556039109": "epoch_s",
    "1556039109000": "epoch_ms",
    "1556039109000000": "epoch_us",
    "43578.5": "excel",
}


@pytest.mark.parametrize("value, form", NOTATIONS.items(), ids=NOTATIONS)
def test_a_notation_is_told_by_its_looks(value, form):
    proposal = propose_times([value])
    assert (proposal.settings, proposal.question, proposal.unread) == ({"time_format": form}, "", ())
    if form.startswith("%") and "%z" not in form:
        assert datetime.strptime(value, form).date() == datetime(2019, 4, 23).date()


def test_iso_needs_no_setting():
    assert propose_times(["2019-04-23", "2019-4-23 7:05", "2019-04-23T17:05:09.1Z"]).settings == {}


@pytest.mark.parametrize("telling, form", [("13/02/2011", "%d/%m/%Y"), ("02/13/2011", "%m/%d/%Y")])
def test_one_value_of_the_column_tells_day_from_month(telling, form):
    assert propose_times(["01/02/2011", "03/04/2011", telling]).settings == {"time_format": form}


def test_what_no_value_tells_is_asked():
    proposal = propose_times(["01/02/2011", "03/04/2011"])
    assert proposal.settings == {}
    assert proposal.question == (
        "does '01/02/2011' begin with the day (time_format = \"%d/%m/%Y\") "
        'or with the month (time_format = "%m/%d/%Y")?'
    )


def test_values_that_contradict_each_other_are_asked_about():
    assert "'13/02/2011' begins with the day and '02/13/2011' with the month" in (
        propose_times(["13/02/2011", "02/13/2011"]).question
    )


def test_several_notations_make_a_list_and_the_rest_is_named():
    proposal = propose_times(["20190423", "20190424", "Apr 23, 2019", "soon", "99/99/2019"])
    assert proposal.settings == {"time_format": ["%Y%m%d", "%b %d, %Y"]}
    assert proposal.unread == ("soon", "99/99/2019")
