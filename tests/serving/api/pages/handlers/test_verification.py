"""The page of verification shows what the last one found, as it found it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from features import whole_files
from serving.api.pages.handlers import verification as module
from serving.api.pages.handlers.verification import verification
from serving.verification.verified_file import FILE

EFFECT = {"treatment": 0.2, "holdout": 0.3, "difference": -0.1, "low": -0.15, "high": -0.05, "variance_removed": 0.1}
VALUE = EFFECT | {"treatment": 12.5, "holdout": 12.0, "difference": 0.5, "low": -1.0, "high": 2.0}
EVIL = "<script>alert(1)</script>"
ONE = {
    "campaign_id": EVIL,
    "goal": "at_risk -> active",
    "assigned": {"treatment": 1200, "holdout": 300},
    "looked_at": {"treatment": 1100, "holdout": 290},
    "look": {"number": 1, "fraction": 0.5, "level": 0.95, "planned_users": 3000, "next_at_users": 2800},
    "delivered": 550,
    "closes": "2026-01-31T00:00:00",
    "trial": {"ok": True, "sample_ratio_p": 0.4, "balance_p": 0.5, "smallest_loss": 0.02, "refused": []},
    "churn": EFFECT,
    "relative_lift": {"lift": -0.33, "low": None, "high": None},
    "value": VALUE,
    "capped_value": None,
    "moves": {"planned": {**EFFECT, "move": "at_risk -> active", "claimed": True}, "directions": [
        {**EFFECT, "move": "up", "claimed": False}], "table_p": 0.1, "claims": [], "cells": []},
    "on_treated": None,
    "overlap": [{"play": EVIL, "treatment": 3, "holdout": 1, "difference": 0.1, "low": 0.05, "high": 0.2}],
    "verdict": "worked",
    "sentence": {"en": f"it worked {EVIL}", "zh": "有效"},
    "next": {"en": "go on", "zh": "继续"},
    "missing_users": None,
}  # fmt: skip
REFUSED = ONE | {
    "campaign_id": "global_holdout/1",
    "goal": "churn",
    "looked_at": None,
    "look": None,
    "trial": ONE["trial"] | {"ok": False, "refused": [{"code": "sample_ratio", "why": "arms are uneven; look"}]},
    "churn": None,
    "value": None,
    "moves": None,
    "relative_lift": None,
    "overlap": [],
    "verdict": "no trial",
}
WAITING = REFUSED | {"campaign_id": "elsewhere", "trial": ONE["trial"], "verdict": "not proven"}


@pytest.fixture
def shown(view, tmp_path):
    """shown(language, found): the page over a store with that."""

    def show(language, found):
        given = view(language)
        section = given.config.store.model_copy(update={"path": str(tmp_path)})
        config = given.config.model_copy(update={"store": section})
        (tmp_path / FILE).parent.mkdir(exist_ok=True)
        if found:
            whole_files.write_sealed(tmp_path / FILE, found)
        given.request.method = "GET"
        predictor = SimpleNamespace(config=config)
        current = SimpleNamespace(snapshot=given.snapshot, predictor=predictor)
        return verification(replace(given, current=current)).body.decode()

    return show


def test_what_was_found_is_shown_in_both_languages(shown):
    found = {"until": "2026-02-01T00:00:00", "made": "2026-02-02T10:00:00", "plays": [ONE, REFUSED, WAITING]}
    en, zh = shown("en", found), shown("zh", found)
    for told in ("1,200 to be written to, 300 held back", "1,100 and 290", "−10.0 pp", "−15.0 pp to −5.0 pp", "+0.50",
                 "50 %", "at risk → active", "its interval is unbounded", "2,800", "All plays together",
                 "the arms are not of the sizes that were drawn", "31 Jan 2026", ">worked<", "go on"):  # fmt: skip
        assert told in en, told
    for told in ("−10.0 个百分点", "流失风险 → ", "全部打法合计", "两组人数与抽样比例不符", "2026年1月31日", "有效"):
        assert told in zh, told
    assert EVIL not in en + zh and "&lt;script&gt;" in en


def test_a_difference_is_coloured_only_where_it_is_proven(shown):
    text = shown("en", {"until": "2026-02-01", "made": "2026-02-02", "plays": [ONE]})
    assert '<b class="good">−10.0 pp</b>' in text and '<b class="">+0.50</b>' in text
    harm = ONE | {"churn": EFFECT | {"difference": 0.1, "low": 0.05, "high": 0.15}, "moves": None}
    text = shown("en", {"until": "2026-02-01", "made": "2026-02-02", "plays": [harm]})
    assert '<b class="bad">+10.0 pp</b>' in text


def test_nothing_found_yet_is_said(shown):
    assert "尚无验证结果" in shown("zh", None)


def test_a_verification_is_started(view, monkeypatch):
    started = []
    monkeypatch.setattr(module, "start", lambda *given: started.append(given[1:]))
    answer = module.verify(view())
    assert answer.status_code == 303 and answer.headers["location"] == "/ui/verification"
    ((kind, arguments, by),) = started
    assert (kind, arguments[0], by) == ("verify", "verify", "somebody")
