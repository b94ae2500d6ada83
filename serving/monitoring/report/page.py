"""A monitoring report as one HTML page that stands alone: no script, no other file."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from serving.charts.lines import Line, lines
from serving.monitoring.report.tables import VERDICTS, tables

LANGUAGES = {"en": "en", "zh": "zh-CN"}  # as HTML names them
CSS = "api/pages/static/charts.css"


def page(told: Mapping[str, Any], names: Mapping[str, tuple[str, str]], language: str = "en") -> str:
    """The page in a language. told: see ``as_json``; names: what stages are called in English and in Chinese."""
    zh = language == "zh"
    return _template().render(
        language=LANGUAGES[language],
        zh=zh,
        title="监控" if zh else "Monitoring",
        style=Markup((files("serving") / CSS).read_text(encoding="utf-8")),
        told=told,
        verdict=VERDICTS[told["verdict"]][language],
        advice=told["advice"][language],
        findings=[(VERDICTS[one["level"]][language], one["level"], one["said"][language]) for one in told["findings"]],
        pictures=_pictures(told["realised"], zh),
        tables=tables(told, names, language),
    )


def _pictures(realised: Sequence[Mapping[str, Any]], zh: bool) -> list[tuple[str, Markup]]:
    """Churn as it was said and as it came, and AUC as it came and was promised, over the closed windows."""
    if len(realised) < 2:
        return []
    dates = [one["as_of"][:10] for one in realised]
    churn = [
        Line("预测流失" if zh else "churn said", [one["risk"] for one in realised]),
        Line("实际流失" if zh else "churn came", [one["churned"] for one in realised]),
    ]
    promised = [(one["promised"].get("auc") or {}).get("figure") for one in realised]
    auc = [Line("AUC", [one["figures"]["auc"] for one in realised])]
    auc += [Line("承诺 AUC" if zh else "AUC promised", promised)] if any(x is not None for x in promised) else []
    titles = (
        ("流失率：预测与实际", "排序（AUC）")
        if zh
        else ("Churn, as it was said and as it came", "Order of users (AUC)")
    )
    return [
        (titles[0], lines(churn, dates, titles[0], "{:.0%}".format)),
        (titles[1], lines(auc, dates, titles[1], "{:.2f}".format, zero=False)),
    ]


@lru_cache
def _template() -> Template:
    text = (files("serving") / "monitoring/report/page.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        text
    )
