"""A play is refused when it is read where it could never be proven, or would spend money without a bound."""

from datetime import date

import pytest
from pydantic import ValidationError

from features.config.operations.plays import PlaySetting

PLAY = {"name": "care", "channels": ["email"]}


def play(**keys):
    return PlaySetting.model_validate(PLAY | keys)


def test_a_play_is_proven_costs_nothing_and_goes_against_churn_unless_it_says_otherwise():
    one = play()
    assert (one.goal, one.verify, one.cost, one.budget, one.rank) == (
        "churn",
        True,
        0,
        None,
        "auto",
    ) and one.holdout > 0


def test_a_holdout_of_0_is_a_play_that_nobody_wants_proven():
    assert play(holdout=0, verify=False).holdout == 0


def test_toml_s_own_date_ends_a_play_like_a_quoted_one():
    assert play(until=date(2026, 3, 31)).until == play(until="2026-03-31").until == "2026-03-31"


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"holdout": 0}, "play 'care': a holdout of 0 proves nothing; give it a share, or verify = false"),
        ({"holdout": 1.0}, "holdout"),
        ({"cost": 5.0}, "play 'care': it costs 5 a user and has no budget; give it one"),
        ({"channels": ["email", "email"]}, "a channel stands twice in ['email', 'email']; name each once"),
        ({"channels": []}, "channels"),
        ({"until": "soon"}, "'soon' is no day; write it as '2026-02-16'"),
        ({"kind": "advert"}, "kind"),
        ({"rank": "best"}, "rank"),
        ({"save_rate": 1.5}, "save_rate"),
        ({"budget": 0}, "budget"),
        ({"most": 0}, "most"),
    ],
)
def test_what_cannot_be_is_refused(keys, says):
    with pytest.raises(ValidationError) as caught:
        play(**keys)
    assert says in str(caught.value)
