"""Whether the values of a day are like those of the weeks before: their unit, their gaps, and texts never seen."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import ibis
import numpy as np

from features.catalogue.input_tables import CONTRACTS
from features.config import Config
from features.said import Said
from features.user_base import UserBase
from serving.monitoring.finding import Finding
from serving.monitoring.logs.day_counts import APART, DayCounts, within

FEWEST = 30  # rows of a day; of fewer nothing is said
OFTEN = 10  # rows with a new text: by chance none of a text that was not there for weeks
DAYS = 7  # before, with values; fewer are no usual
MANY = 200  # different texts; a column with more is no list of kinds
SHOWN = 5  # new texts, by name
NAMES = ("order_id", "session_id", "campaign_id", "item", "invited_by", "timezone", "cluster")  # of things, not kinds
EMPTY = 0.9  # missing share from which a column is empty
NOISE = 4.0  # standard errors


def units(config: Config, counts: Mapping[str, DayCounts], days: int) -> Iterable[Finding]:
    """Columns whose values are many times larger or smaller, on one of the newest days, than on all days before."""
    most = np.log(config.monitor.max_unit)
    for one in counts.values():
        for column, level in one.level.items():
            before = np.log(level[days:][np.isfinite(level[days:])])
            now = [np.log(x) for x, n in zip(level[:days], one.rows[:days], strict=True) if n >= FEWEST and x > 0]
            if len(before) < DAYS or not now:
                continue
            usual, far = float(np.median(before)), max(now, key=lambda x: abs(x - float(np.median(before))))
            beyond = far > before.max() or far < before.min()
            if abs(far - usual) > most and beyond:
                yield _unit(one.table, column, float(np.exp(usual)), float(np.exp(far)))


def gaps(config: Config, counts: Mapping[str, DayCounts], days: int) -> Iterable[Finding]:
    """Columns of which many more values, or many fewer, are missing on one of the newest days than before."""
    for one in counts.values():
        for column, share in one.missing.items():
            before = share[days:][np.isfinite(share[days:])]
            now = [(x, n) for x, n in zip(share[:days], one.rows[:days], strict=True) if n >= FEWEST]
            if len(before) < DAYS or not now:
                continue
            usual = float(np.median(before))
            far, rows = max(now, key=lambda pair: abs(pair[0] - usual))
            noise = NOISE * np.sqrt(max(usual * (1 - usual), 0.01) / rows + float(np.var(before)))
            if abs(far - usual) > max(config.monitor.max_missing, noise):
                yield _gap(one.table, column, usual, float(far))


def new_texts(base: UserBase, at: datetime, days: int) -> Iterable[Finding]:
    """Texts of columns of kinds that the newest days hold often, and the weeks before not at all."""
    for name, table in base.tables.items():
        if name in APART:
            continue
        columns = [
            one.name
            for one in CONTRACTS[name].columns
            if one.kind == "text" and one.name in table.columns and one.name not in NAMES and not one.values
        ]
        rows = within(table, at, 7 * base.config.monitor.weeks)
        new = rows.time >= ibis.literal(at - timedelta(days=days), "timestamp(6)")
        for column in columns:
            asked = rows.group_by(text=rows[column]).aggregate(new=new.sum(), old=(~new).sum())
            found = base.con.to_pyarrow(asked.filter(asked.text.notnull())).to_pylist()
            yield from _new(base.config, name, column, found)


def _new(config: Config, table: str, column: str, found: list[dict]) -> Iterable[Finding]:
    if sum(one["old"] > 0 for one in found) > MANY or not any(one["old"] for one in found):
        return
    rows = sum(one["new"] for one in found)
    texts = {one["text"]: one["new"] for one in found if not one["old"] and one["new"]}
    many = {
        text: count
        for text, count in sorted(texts.items(), key=lambda pair: (-pair[1], pair[0]))
        if count >= max(OFTEN, config.monitor.max_new * rows)
    }
    if many:
        yield _text(table, column, list(many)[:SHOWN], sum(many.values()) / rows)


def _unit(table: str, column: str, usual: float, now: float) -> Finding:
    times = now / usual if now > usual else usual / now
    more = Said("larger", "扩大") if now > usual else Said("smaller", "缩小")
    en = (
        f"{table}.{column}: values of a usual size of {usual:,.2f} came as {now:,.2f}, {times:,.0f} times {more.en}. A "
    )
    en += "unit has changed: bring the rows in the old one, or all of them in the new one and train again"
    zh = f"{table}.{column}：数值通常约 {usual:,.2f}，现为 {now:,.2f}，{more.zh}约 {times:,.0f} 倍。"
    zh += "单位已变化：请按原单位重新导入，或全部改为新单位后重新训练"
    return Finding("unit", f"{table}.{column}", "stop", Said(en, zh))


def _gap(table: str, column: str, usual: float, now: float) -> Finding:
    emptied = now >= EMPTY > usual
    en = f"{table}.{column}: {now:.0%} of a day's values are missing, usually {usual:.0%}; see why the source changed"
    zh = f"{table}.{column}：某日缺失值占 {now:.0%}，通常为 {usual:.0%}；请检查数据源的变化"
    return Finding("missing", f"{table}.{column}", "stop" if emptied else "watch", Said(en, zh))


def _text(table: str, column: str, texts: list[str], share: float) -> Finding:
    shown = ", ".join(repr(one) for one in texts)
    en = f"{table}.{column}: {shown} was never there before and is in {share:.1%} of the new rows; if it is to stay, "
    en += "name it in your settings where kinds are named, and train again when a horizon of it is there"
    zh = f"{table}.{column}：{shown} 此前从未出现，占新数据的 {share:.1%}；"
    zh += "如将长期存在，请在相应设置中写明，积累一个周期后重新训练"
    return Finding("new text", f"{table}.{column}", "watch", Said(en, zh))
