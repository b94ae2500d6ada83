"""Model and data: the figures are the model's own, and rows in = used + merged + left out + set aside."""

import re

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
