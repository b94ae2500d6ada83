"""The funnel as it was counted last; before, the page says how to count it."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from serving.api.pages.handlers import funnel as page
from serving.reports.funnel import SCHEMA

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_steps_and_groups_that_differ_are_shown(view, store, tmp_path, monkeypatch):
    empty = dict.fromkeys(SCHEMA.names) | {"as_of": AT, "days": 30.0}
    everybody = [{"step": "view", "users": 1000, "rate": 0.5}, {"step": "pay", "users": 500, "rate": 0.1}]
    group = {"step": "pay", "attribute": "channel", "group": "<ads>", "users": 100, "rate": 0.02, "rest_users": 400}
    group |= {"rest_rate": 0.12, "difference": -0.1, "low": -0.15, "high": -0.05, "p": 0.001, "significant": True}
    rows = [empty | one for one in (*everybody, group, group | {"group": "web", "significant": False})]
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), tmp_path / "funnel.parquet")
    monkeypatch.setattr(page, "FILE", tmp_path / "funnel.parquet")
    text = page.funnel(view()).body.decode()
    for told in ("500", "50.0 %", "10.0 %", "5.0 %", "channel: &lt;ads&gt;", "−10.0 pp", "1 Jan 2026"):
        assert told in text, told
    assert "web" not in text and "<ads>" not in text


def test_before_it_is_counted_the_page_says_how(view, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "FILE", tmp_path / "none.parquet")
    assert "[funnel] steps" in page.funnel(view()).body.decode()
    (tmp_path / "none.parquet").write_bytes(b"no parquet")
    assert page.funnel(view("zh")).status_code == 200
