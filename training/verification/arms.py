"""What a verification needs of the users: sums of each arm, so that ten million users are one pass and a few numbers.

An outcome y (churned, value, any numeric goal) stands beside one covariate x known before the assignment (the risk,
the expected value). Users without a score, where the covariate is null or NaN, count with the mean of the others: this
keeps them, and adds nothing but their outcome. Where a column names clusters, products of cluster sums come along.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis.backends.duckdb import Backend

from features.engine.duckdb_session import batches, compile, read
from features.errors import BadInput

TREATMENT, HOLDOUT = "treatment", "holdout"
CLUSTER_ROWS = 200_000  # clusters in memory at once
_OUTCOMES = {"churn": ("churned", "risk"), "value": ("value", "expected_value"), "capped": ("capped", "expected_value")}
_SCORES = ("risk", "expected_value", "log_value")
_COLUMNS = ("churned", "value", "capped", *_SCORES)
_BEFORE = ("risk", "log expected value", "no score")
_PRODUCTS = (*((name, name) for name in _COLUMNS[1:]), *_OUTCOMES.values(), ("risk", "log_value"))


@dataclass(frozen=True)
class Sums:
    """Of one arm: its users, and the sums of outcome y and covariate x, of their squares and of their product."""

    n: int
    y: float
    yy: float
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0


@dataclass(frozen=True, eq=False)
class Clusters:
    """products: sums over clusters of the products of (users, y, x in treatment, then in holdout), shape (6, 6)."""

    count: int
    products: np.ndarray

    @property
    def crossed(self) -> bool:
        """Whether a cluster has users in both arms."""
        return bool(self.products[0, 3] > 0)


@dataclass(frozen=True)
class Outcome:
    """One outcome in both arms. clusters: None where users are on their own."""

    treatment: Sums
    holdout: Sums
    clusters: Clusters | None = None


@dataclass(frozen=True, eq=False)
class Covariates:
    """What was known before, of one arm: sums of the covariates (k,) and of their products (k, k).

    Amounts and counts belong on a `log_scale`: a few large ones else drown what differs in the many, and make the test
    of balance refuse sound trials with a small holdout.
    """

    names: tuple[str, ...]
    n: int
    sums: np.ndarray
    products: np.ndarray


@dataclass(frozen=True)
class Arms:
    """All sums of a play. churn: y is 1 where churned, x the risk. value: x the expected value.

    capped: value with everything above `cap` counted as `cap`; None without a cap. before: risk, expected value on a
    log scale and, where some users have none, "no score", in treatment and holdout.
    """

    churn: Outcome
    value: Outcome
    capped: Outcome | None
    cap: float | None
    before: tuple[Covariates, Covariates]


def outcome(
    treated: np.ndarray, y: np.ndarray, x: np.ndarray | None = None, cluster: np.ndarray | None = None
) -> Outcome:
    """The sums of any numeric goal. All of shape (users,); x: NaN where not known; cluster: any label.

    BadInput where y is not finite.
    """
    treated, y = np.asarray(treated, dtype=bool), np.asarray(y, dtype=float)
    if not np.isfinite(y).all():
        raise BadInput(f"verify: {np.sum(~np.isfinite(y)):,} outcomes are null or infinite; leave these users out")
    x = np.zeros(len(y)) if x is None else _filled(np.asarray(x, dtype=float))
    first, second = (_sums(x[mask], y[mask]) for mask in (treated, ~treated))
    return Outcome(first, second, None if cluster is None else _clusters(treated, cluster, (y, x)))


def covariates(names: tuple[str, ...], treated: np.ndarray, values: np.ndarray) -> tuple[Covariates, Covariates]:
    """Sums of covariates known before, in treatment and holdout. values: shape (users, covariates), NaN: unknown."""
    values = np.column_stack([_filled(column) for column in np.asarray(values, dtype=float).T])
    treated = np.asarray(treated, dtype=bool)
    first, second = (Covariates(names, len(v), v.sum(axis=0), v.T @ v) for v in (values[treated], values[~treated]))
    return first, second


def log_scale(x: np.ndarray) -> np.ndarray:
    """log(1 + x), below 0 mirrored: of amounts and counts that are to be compared before a campaign."""
    return np.sign(x) * np.log1p(np.abs(x))


def arms(
    treated: np.ndarray,
    churned: np.ndarray,
    value: np.ndarray,
    risk: np.ndarray,
    expected_value: np.ndarray,
    cap: float | None = None,
    cluster: np.ndarray | None = None,
) -> Arms:
    """The sums of a play from arrays of shape (users,). risk, expected_value: NaN where the user had no score."""
    treated, value = np.asarray(treated, dtype=bool), np.asarray(value, dtype=float)
    lost = np.isnan(risk) | np.isnan(expected_value)
    risk, expected = np.where(lost, np.nan, risk), np.where(lost, np.nan, expected_value)
    known = [risk, log_scale(expected), *([lost] if lost.any() else [])]
    return Arms(
        churn=outcome(treated, churned, risk, cluster),
        value=outcome(treated, value, expected, cluster),
        capped=None if cap is None else outcome(treated, np.minimum(value, cap), expected, cluster),
        cap=cap,
        before=covariates(_BEFORE[: len(known)], treated, np.column_stack(known)),
    )


def arms_of(con: Backend, table: ir.Table, cap: float | None = None, cluster: str | None = None) -> Arms:
    """The sums of a play from a relation with a row per assigned user, in one pass; one more where users are clustered.

    table: `arm` ("treatment", "holdout"), `churned` (boolean), `value`, `risk`, `expected_value` (the last two null
    where the user had no score), and the column named `cluster` (null: all of these are one). No other is read.
    BadInput where there is another arm, or an outcome is null.
    """
    rows = _prepared(table, cap)
    totals = {name: rows[name].sum() for name in _COLUMNS}
    totals |= {_pair(*pair): (rows[pair[0]] * rows[pair[1]]).sum() for pair in _PRODUCTS}
    cells = rows.group_by("cell").aggregate(n=rows.count(), **totals)
    found = {int(row.pop("cell")): row for row in read(con, compile(con, cells), few=True).to_pylist()}
    if bad := sum(row["n"] for cell, row in found.items() if cell >= 8):
        raise BadInput(f"verify: {bad:,} assigned users have an arm that is neither '{TREATMENT}' nor '{HOLDOUT}'")
    if bad := sum(row["n"] for cell, row in found.items() if 4 <= cell < 8):
        raise BadInput(f"verify: {bad:,} assigned users have no outcome; wait until their window has closed")
    cells_of = [{k: float(found.get(cell, {}).get(k) or 0) for k in ("n", *totals)} for cell in range(4)]
    fill = _fill(cells_of)
    return _assembled(cells_of, fill, cap, None if cluster is None else _clusters_of(con, rows, cluster, fill))


def _prepared(table: ir.Table, cap: float | None) -> ir.Table:
    """Numbers only, and the cell: 0 or 1 for the arm, + 2 without a score, + 4 without an outcome, 8 another arm."""
    value, expected = table.value.cast("float64"), table.expected_value.cast("float64")
    lost = table.risk.isnull() | table.expected_value.isnull()
    arm = ibis.cases((table.arm == TREATMENT, 0), (table.arm == HOLDOUT, 1), else_=8)
    flags = ibis.cases((lost, 2), else_=0) + ibis.cases((table.churned.isnull() | value.isnull(), 4), else_=0)
    return table.mutate(
        cell=(arm + flags).cast("uint8"),
        churned=table.churned.cast("int8").cast("float64"),
        value=value,
        capped=value if cap is None else ibis.least(value, ibis.literal(float(cap))),
        risk=table.risk.cast("float64"),
        expected_value=expected,
        log_value=expected.sign().cast("float64") * (expected.abs() + 1).ln(),
    )


def _pair(a: str, b: str) -> str:
    return f"{a}*{b}"


def _sums(x: np.ndarray, y: np.ndarray) -> Sums:
    return Sums(len(y), *(float(total) for total in (y.sum(), y @ y, x.sum(), x @ x, x @ y)))


def _filled(x: np.ndarray) -> np.ndarray:
    known = np.isfinite(x)
    return x if known.all() else np.where(known, x, x[known].mean() if known.any() else 0.0)


def _fill(cells: list[dict[str, float]]) -> dict[str, float]:
    """What stands in for a missing covariate: the mean of those who have a score."""
    known = max(cells[0]["n"] + cells[1]["n"], 1.0)
    return {x: (cells[0][x] + cells[1][x]) / known for x in _SCORES}


def _assembled(cells, fill: Mapping[str, float], cap: float | None, clusters) -> Arms:
    def sums(arm: int, y: str, x: str) -> Sums:
        known, lost, m = cells[arm], cells[arm + 2], fill[x]
        square = y if y == "churned" else _pair(y, y)  # 0 and 1 are their own squares
        return Sums(
            n=int(known["n"] + lost["n"]),
            y=known[y] + lost[y],
            yy=known[square] + lost[square],
            x=known[x] + m * lost["n"],
            xx=known[_pair(x, x)] + m * m * lost["n"],
            xy=known[_pair(y, x)] + m * lost[y],
        )

    def before(arm: int) -> Covariates:
        known, lost = cells[arm], cells[arm + 2]["n"]
        a, b = fill["risk"], fill["log_value"]
        total = np.array([known["risk"] + a * lost, known["log_value"] + b * lost, lost])
        cross = known[_pair("risk", "log_value")]
        products = lost * np.outer([a, b, 1.0], [a, b, 1.0])
        products[:2, :2] += [[known["risk*risk"], cross], [cross, known["log_value*log_value"]]]
        some = 3 if cells[2]["n"] + cells[3]["n"] else 2
        return Covariates(_BEFORE[:some], int(known["n"] + lost), total[:some], products[:some, :some])

    found = {
        name: Outcome(sums(0, y, x), sums(1, y, x), clusters and clusters[name]) for name, (y, x) in _OUTCOMES.items()
    }
    return Arms(
        found["churn"], found["value"], found["capped"] if cap is not None else None, cap, (before(0), before(1))
    )


def _clusters(treated: np.ndarray, cluster: np.ndarray, columns: tuple[np.ndarray, ...]) -> Clusters:
    place = np.unique(cluster, return_inverse=True)[1]
    count = int(place.max(initial=-1)) + 1
    weights = [arm * column for arm in (treated, ~treated) for column in (np.ones(len(place)), *columns)]
    table = np.column_stack([np.bincount(place, weight, minlength=count) for weight in weights])
    return Clusters(count, table.T @ table)


def _clusters_of(con: Backend, rows: ir.Table, cluster: str, fill: Mapping[str, float]) -> dict[str, Clusters]:
    """Sums of every cluster, made by the engine and multiplied here in batches."""
    lost = rows.cell >= 2
    columns = [ibis.literal(1).cast("float64"), rows.churned, rows.value, rows.capped]
    columns += [ibis.cases((lost, fill[x]), else_=rows[x]) for x in ("risk", "expected_value")]
    parts = [(f"c{arm}{k}", c, rows.cell % 2 == arm) for arm in (0, 1) for k, c in enumerate(columns)]
    query = rows.group_by(rows[cluster].name("cluster")).aggregate(
        **{name: ibis.cases((inside, column), else_=0.0).sum() for name, column, inside in parts}
    )
    count, products = 0, np.zeros((len(parts), len(parts)))
    for batch in batches(con, compile(con, query.drop("cluster")), CLUSTER_ROWS):
        table = np.column_stack([column.to_numpy(zero_copy_only=False) for column in batch.columns])
        count, products = count + len(table), products + table.T @ table
    place = {"churned": 1, "value": 2, "capped": 3, "risk": 4, "expected_value": 5}
    taken = {
        name: [arm * 6 + k for arm in (0, 1) for k in (0, place[y], place[x])] for name, (y, x) in _OUTCOMES.items()
    }
    return {name: Clusters(count, products[np.ix_(of, of)]) for name, of in taken.items()}
