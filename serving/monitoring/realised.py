"""What came of past snapshots whose window has closed, against what they said and what the model's backtest promised.

Outcomes are those of ``training.rows.labels`` and figures those of ``training.evaluation.metrics``, so they equal a
backtest's at the same cutoff.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.said import Said
from features.user_base import UserBase
from serving.batch.snapshot import Snapshot
from serving.monitoring.finding import Finding
from serving.monitoring.past_snapshots import as_of, in_hindsight
from training.evaluation.metrics import churn_metrics
from training.evaluation.slices import Grouping, Slice, measure
from training.evaluation.user_bootstrap import Sample, compare, resample
from training.rows.labels import labels

OURS, SHOWN, DRAWS = "holdfast", ("auc", "log_loss", "ece"), 200
COLUMNS = ["user_id", "eligible", "churn_risk", "expected_value", "stage", "value_tier"]
NOISE = 4.0  # standard errors: it is looked at every day, so three would be passed by chance now and then
FEWEST = 50  # scored users; the figures of fewer would be noise
FAR, SURE = 0.25, 0.15  # of the value sum: how far it is, and its interval's near end, before it is told
Range = tuple[float, float]


@dataclass(frozen=True)
class Realised:
    """One past snapshot: users scored, mean risk and share that churned, figures by name with 95 % intervals, expected
    and actual value sums with the interval of their ratio, the same by stage and tier, and what was promised.

    hindsight: its model knew what came, so nothing is proven.
    """

    run: str
    as_of: str
    model: str
    users: int
    risk: float
    churned: float
    figures: Mapping[str, float]
    intervals: Mapping[str, Range]
    expected: float
    actual: float
    ratio: float | None
    ratio_interval: Range | None
    slices: tuple[Slice, ...]
    promised: Mapping[str, Any]
    hindsight: bool

    @property
    def bias(self) -> float:
        """Mean risk minus the share that churned."""
        return self.risk - self.churned

    @property
    def error(self) -> float:
        """The standard error of the share that churned, if the risks were right."""
        return float(np.sqrt(max(self.risk * (1 - self.risk), 1e-12) / max(self.users, 1)))


def realised(base: UserBase, snapshot: Snapshot) -> Realised | None:
    """What came of a snapshot; None where fewer than 50 users were scored. Raises BadInput where its window is open."""
    rows = snapshot.table(COLUMNS)
    rows = rows.filter(rows["eligible"])
    if len(rows) < FEWEST:
        return None
    found = labels(base, base.tables.observed_until, as_of(snapshot), rows)
    found = found.take(pc.index_in(rows["user_id"].combine_chunks(), found["user_id"].combine_chunks()))
    churned = found["churned"].to_numpy().astype(np.int64)
    value, risk, expected = (
        _numbers(of, name) for of, name in ((found, "value"), (rows, "churn_risk"), (rows, COLUMNS[3]))
    )
    everybody = np.arange(len(rows))
    figures = churn_metrics(churned, risk)
    drawn = compare([Sample(everybody, churned, {OURS: risk})], draws=DRAWS)
    total = float(value.sum())
    return Realised(
        run=snapshot.run_id,
        as_of=snapshot.manifest["as_of"],
        model=snapshot.manifest["model_version"],
        users=len(rows),
        risk=float(risk.mean()),
        churned=float(churned.mean()),
        figures=figures,
        intervals={name: drawn.intervals[OURS][name] for name in SHOWN},
        expected=float(expected.sum()),
        actual=total,
        ratio=float(expected.sum()) / total if total > 0 else None,
        ratio_interval=_ratio(expected, value) if total > 0 else None,
        slices=measure(_groups(base, rows), churned, risk, value, expected),
        promised=snapshot.manifest.get("promised", {}),
        hindsight=in_hindsight(snapshot),
    )


def findings(base: UserBase, one: Realised) -> list[Finding]:
    """What the newest closed window says: risks far from what came, a worse order of users, a sum far off."""
    found, limits, day = [], base.config.monitor, one.as_of[:10]
    if abs(one.bias) > max(limits.max_bias, NOISE * one.error):
        en = f"the snapshot of {day} said {one.risk:.1%} would churn and {one.churned:.1%} did "
        en += f"({100 * one.bias:+.1f} points); train again"
        zh = f"{day} 的快照预测流失率 {one.risk:.1%}，实际为 {one.churned:.1%}（{100 * one.bias:+.1f} 个百分点）；"
        zh += "请重新训练"
        found.append(Finding("realised churn", day, "retrain", Said(en, zh)))
    promise = one.promised.get("auc") or {}
    said, ends = promise.get("figure"), promise.get("interval")  # a promise is an estimate, too
    auc, high = one.figures["auc"], one.intervals["auc"][1]
    if said is not None and auc < said - limits.max_auc_loss and high < (ends[0] if ends else said):
        en = f"the snapshot of {day} ordered users with an AUC of {auc:.3f}, {said:.3f} was promised; train again"
        zh = f"{day} 的快照排序 AUC 为 {auc:.3f}，模型承诺 {said:.3f}；请重新训练"
        found.append(Finding("realised order", day, "retrain", Said(en, zh)))
    low, high = one.ratio_interval or (1.0, 1.0)
    if one.ratio is not None and abs(one.ratio - 1) > FAR and (low > 1 + SURE or high < 1 - SURE):
        en = f"the snapshot of {day} expected a value of {one.expected:,.0f} and {one.actual:,.0f} came"
        zh = f"{day} 的快照预计价值 {one.expected:,.0f}，实际为 {one.actual:,.0f}"
        found.append(Finding("realised value", day, "watch", Said(en, zh)))
    return found


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    return table[name].cast(pa.float64()).to_numpy()


def _ratio(expected: np.ndarray, value: np.ndarray) -> Range:
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = np.concatenate([(expected @ w) / (value @ w) for w in resample(len(value), len(value), 0, DRAWS)])
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def _groups(base: UserBase, rows: pa.Table) -> dict[str, Grouping]:
    found = {}
    for by, column in (("stage", "stage"), ("tier", "value_tier")):
        texts = rows[column].combine_chunks().dictionary_encode()
        names = tuple(texts.dictionary.to_pylist())
        found[by] = Grouping(names, texts.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64))
    return found
