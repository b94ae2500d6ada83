"""Numbers of forms as people type them, and jobs in words."""

from datetime import datetime

import pytest

from serving.api.pages.handlers.campaigns.parts import above_zero, actor, job_row
from serving.jobs.jobs import Job


def test_a_number_above_zero_is_taken():
    assert [above_zero(one) for one in ("300", "0.5", "1 000", "1e3")] == [300, 0.5, 1000, 1000]


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "1,000", "1e13", "x"])
def test_what_is_none_is_refused(text):
    with pytest.raises(ValueError):
        above_zero(text)


@pytest.mark.parametrize("kind", ["plan", "export", "verify"])
@pytest.mark.parametrize("state", ["running", "done", "failed", "lost"])
def test_every_state_of_a_job_has_words(view, kind, state):
    job = Job("name", kind, "ann", {"run": "r"}, datetime(2026, 1, 2, 3, 4), state)
    for language in ("en", "zh"):
        told = job_row(view(language), job)
        assert "ann" in told["text"] and "03:04" in told["text"] and told["href"] == "/ui/campaigns/r"


def test_who_acts_is_the_key(view):
    assert actor(view()) == "somebody"
