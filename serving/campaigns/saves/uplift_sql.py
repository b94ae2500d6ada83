"""A play's uplift predictor as SQL arithmetic over what a run knows of its users: bucket by bucket, no loop over users.

The same names serve the trial that teaches and the run that applies: NUMBERS and stages from the snapshot, ATTRIBUTES
from ``users``, where they never change. ``column=value`` is 1 where a text has that value, else 0.
"""

from collections.abc import Collection, Iterable, Mapping

from features.groups.rule_sql import column, quoted
from training.verification.uplift import FAR, Predictor

NUMBERS: Mapping[str, tuple[str, str]] = {  # what the predictor calls it: the column of the snapshot, the SQL
    "churn_risk": ("churn_risk", "churn_risk"),
    "doubt": ("churn_risk", "churn_risk * (1 - churn_risk)"),  # highest where it is open what the user will do
    **{
        name: (name, name)
        for name in ("value_if_stays", "value_at_stake", "value_rank", "lifetime_days", "history_days", "active_days")
    },
}
ATTRIBUTES = ("channel", "plan", "region")  # of users


def column_of(name: str) -> str:
    """The column that a name of the predictor is made of."""
    return NUMBERS[name][0] if name in NUMBERS else name.partition("=")[0]


def sql_of(name: str) -> str:
    """The name as SQL over those columns; null where a number is not known."""
    if name in NUMBERS:
        return f"({NUMBERS[name][1]})::DOUBLE"
    text, _, value = name.partition("=")
    return f"(CASE WHEN {column(text)} = {quoted(value)} THEN 1.0 ELSE 0.0 END)::DOUBLE"


def needs(names: Iterable[str]) -> tuple[str, ...]:
    """The columns that a predictor of these names asks for, each once."""
    return tuple(dict.fromkeys(map(column_of, names)))


def missing(names: Iterable[str], there: Collection[str]) -> str | None:
    """The first column that is asked for and not there."""
    return next((one for one in needs(names) if one not in there), None)


def predictor_sql(predictor: Predictor, what: str = "uplift") -> str:
    """``Predictor.__call__`` in SQL, what as there."""
    design, weights = predictor.design, predictor.response if what == "response" else predictor.uplift
    plain = [sql_of(name) for name in design.names]
    logs = [f"ln(1 + CASE WHEN {plain[at]} < 0 THEN 0 ELSE {plain[at]} END)" for at in design.logs]  # null stays null
    known = [*plain, *logs]
    terms = [f"{weights[0]!r}::DOUBLE"]
    for sql, mean, scale, weight in zip(known, design.mean, design.scale, weights[1:], strict=False):
        if scale > 0 and weight:
            far = f"least(greatest(({sql} - {mean!r}::DOUBLE) / {scale!r}::DOUBLE, {-FAR!r}), {FAR!r})"
            terms.append(f"{weight!r}::DOUBLE * CASE WHEN {sql} IS NULL THEN 0 ELSE {far} END")
    for at, weight in zip(design.missing, weights[1 + len(known) :], strict=True):
        terms.append(f"CASE WHEN {plain[at]} IS NULL THEN {weight!r}::DOUBLE ELSE 0 END")
    return f"({' + '.join(terms)})"
