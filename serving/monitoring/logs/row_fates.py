"""Whether many of the rows that came since the snapshot before are copies, or had to be set aside."""

from collections.abc import Iterable, Mapping
from typing import Any

from features.config import Config
from features.said import Said
from serving.monitoring.finding import Finding

FEWEST = 100  # new rows; of fewer nothing is said
FATES = {  # of rows that are not used: what they are called, and what is to be done
    "repeats": (Said("exact copies of others", "完全重复"), Said("they count once", "只计一次")),
    "quarantined": (
        Said("set aside as bad", "因错误被隔离"),
        Said("see their reasons with 'holdfast check'", "用 'holdfast check' 查看原因"),
    ),
}


def findings(config: Config, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[Finding]:
    """For each table and fate whose share among the new rows is over ``max_copies`` and over its share before.

    before, now: ``rows`` of the manifests of two snapshots; a table that shrank is passed over.
    """
    for table, counts in now.items():
        earlier = before.get(table)
        if earlier is None or (new := counts["rows"] - earlier["rows"]) < FEWEST:
            continue
        for fate, (called, cure) in FATES.items():
            share = (counts[fate] - earlier[fate]) / new
            usual = earlier[fate] / max(earlier["rows"], 1)
            if share - usual > config.monitor.max_copies:
                en = f"{table}: {share:.0%} of {new:,} new rows are {called.en}, before {usual:.0%}; {cure.en}"
                zh = f"{table}：{new:,} 行新数据中 {share:.0%} {called.zh}，此前为 {usual:.0%}；{cure.zh}"
                yield Finding(fate, table, "watch", Said(en, zh))
