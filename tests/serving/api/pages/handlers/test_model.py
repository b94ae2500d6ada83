"""Model and data: the figures are the model's own, and rows in = used + merged + left out + set aside."""

import json
import re
import shutil

from serving.api.pages.handlers import model as handler

EN = {"accept-language": "en"}


def test_holdfast_stands_beside_the_baselines_with_its_own_figures(site, store):
    text, figures = site.get("/ui/model", headers=EN).text, store.model.bundle.metrics["churn"]
    for name, one in figures.items():
        shown = f"{one['auc']:.4f}".rstrip("0").rstrip(".")
        called = "<b>Holdfast</b>" if name == "holdfast" else name
        assert re.search(rf'<th scope="row">{re.escape(called)}</th><td class="num">{shown}</td>', text), name


def test_calibration_is_drawn_from_what_the_model_keeps(site, store):
    kept = store.model.bundle.metrics["reliability"]
    assert sum(one["users"] for one in kept) > 100 and all(0 <= one["came"] <= 1 for one in kept)
    assert "Told and what came" in site.get("/ui/model", headers=EN).text


def test_rows_of_the_tables_add_up(site, store):
    text = site.get("/ui/model", headers=EN).text
    for name, one in store.snapshot.manifest["rows"].items():
        row = re.search(rf'<th scope="row">{name}</th>((?:<td class="num">[\d,]+</td>)+)', text)
        numbers = [int(n.replace(",", "")) for n in re.findall(r">([\d,]+)<", row[1])]
        assert numbers[0] == one["rows"] == sum(numbers[1:])


def test_what_monitoring_found_and_what_came_stand_on_the_page_in_the_readers_language(site, store):
    assert "Nobody has looked yet" in site.get("/ui/model", headers=EN).text
    file = store.config.store_path / "monitoring" / "latest.json"
    past = {"as_of": "2025-11-01T00:00:00", "users": 1234, "risk": 0.4, "churned": 0.51, "hindsight": False}
    past |= {"figures": {"auc": 0.8123}, "promised": {"auc": {"figure": 0.8345}}}
    told = {"verdict": "retrain", "advice": {"en": "train <b>", "zh": "请重新训练"}, "now": "2025-12-02T03:04:05"}
    told |= {"as_of": "2025-12-01T00:00:00", "findings": [{"said": {"en": "far off", "zh": "偏差较大"}}]}
    file.parent.mkdir()
    try:
        file.write_text(json.dumps(told | {"realised": [past]}), encoding="utf-8")
        text, other = (site.get("/ui/model", headers={"accept-language": one}).text for one in ("en", "zh"))
    finally:
        shutil.rmtree(file.parent)
    assert '<b class="bad">retrain</b> · train &lt;b&gt;' in text and "<li>far off</li>" in text
    row = re.search(r'<th scope="row">1 Nov 2025</th>((?:<td class="num">[^<]+</td>)+)', text)
    assert re.findall(r">([^<]+)</td>", row[1]) == ["1,234", "40.0 %", "51.0 %", "0.812", "0.835"]
    assert "需重新训练" in other and "偏差较大" in other and "0.812" in other


def test_the_challenger_stands_beside_the_model_in_use(site, store, view, monkeypatch):
    def page(language):
        return handler.model(view(language)).body.decode()

    assert "Challenger" not in page("en") and site.get("/v1/model").json()["challenger"] is None
    agree = {"users": 990, "rank": 0.912, "same_band": 0.876, "same_tier": 0.934, "risk": 0.31, "challenger_risk": 0.29}
    about = {"model": "v7-xyz", "since": "2025-11-01T00:00:00", "agreement": agree, "parts": []}
    monkeypatch.setitem(store.snapshot.manifest, "challenger", about)
    text = page("en")
    assert "v7-xyz has been scored beside the model in use since" in text and "No outcome is known yet" in text
    assert re.search(r'<td class="num">990</td><td class="num">0.912</td><td class="num">87.6', text)
    assert "挑战模型" in page("zh") and site.get("/v1/model").json()["challenger"]["agreement"] == agree
