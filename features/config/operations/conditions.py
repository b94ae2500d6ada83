"""What the rules of segments and plays may ask: snapshot columns, features, layers, segments, tags, levels, days."""

from collections.abc import Callable, Collection, Mapping

from features.config.rules import Comparison, Constant, kind_of, parse
from features.config.sections import Condition
from features.errors import BadInput, did_you_mean

# Columns of a snapshot that rules may ask, and their kinds. serving/scoring/columns.py says what they mean.
SNAPSHOT: Mapping[str, str] = {
    "eligible": "flag",
    "stage": "text",
    "stage_before": "text",
    "churn_risk": "number",
    "risk_band": "text",
    "risk_percentile": "number",
    "expected_value": "number",
    "value_rank": "number",
    "value_tier": "text",
    "value_if_stays": "number",
    "stay_tier": "text",
    "value_at_stake": "number",
    "bucket": "number",
    "lifetime_days": "number",
    "lifetime_value": "number",
    "history_days": "number",
    "active_days": "number",
}
# What a level is asked by: on which, on which at the date of the snapshot before, what is missing to the next.
LEVEL: Mapping[str, str] = {"level": "text", "level_before": "text", "to_next_level": "number"}
POINTS: Mapping[str, str] = {"points_worth": "number"}  # the balance in money
# Names with a colon: the kind of what stands behind it, and its section in holdfast.toml.
NAMED: Mapping[str, tuple[str, str]] = {
    "layer": ("text", "layers.layer"),
    "segment": ("flag", "segment"),
    "tag": ("flag", "tag"),
    "calendar": ("flag", "calendar"),
    "days_to": ("number", "calendar"),
}

Known = Mapping[str, Collection[str]]  # of each of NAMED, and of the texts whose values are known: the names there are


def comparisons(
    condition: Condition, where: str, known: Known
) -> tuple[tuple[Comparison, ...], tuple[Comparison, ...]]:
    """``all`` and ``any`` of a condition, read and checked. known: see Known; a text with an entry takes these alone.

    Raises BadInput for an unknown name, or a text that the column never holds: such a rule would silently match nobody.
    """
    kind = _kinds(known)

    def read(part: str, texts: list[str]) -> tuple[Comparison, ...]:
        return tuple(_read(text, f"{where}.{part}[{number}]", kind, known) for number, text in enumerate(texts))

    return read("all", condition.all), read("any", condition.any)


def _read(text: str, where: str, kind: Callable[[str], str], known: Known) -> Comparison:
    found = parse(text, where, kind)
    if found.name in known:
        for one in found.values:
            _among(one, known[found.name], found.name, where)
    return found


def _among(value: Constant, there: Collection[str], name: str, where: str) -> None:
    if value not in there:
        raise BadInput(f"{where}: '{name}' is never '{value}'; {did_you_mean(str(value), there)}")


def _kinds(known: Known) -> Callable[[str], str]:
    states = {**SNAPSHOT, **(LEVEL if known.get("level") else {}), **(POINTS if known.get("points") else {})}

    def kind(name: str) -> str:
        what, colon, own = name.partition(":")
        if not colon:
            return kind_of(name, states)
        if what not in NAMED:
            raise BadInput(f"no '{what}:' in rules; {did_you_mean(what, NAMED)}")
        kinds, section = NAMED[what]
        if own not in known[what]:
            raise BadInput(f"no [[{section}]] named '{own}'; {did_you_mean(own, known[what])}")
        return kinds

    return kind


def features_of(names: Collection[str]) -> list[str]:
    """Those of the names that are features, which have to be built."""
    states = {**SNAPSHOT, **LEVEL, **POINTS}
    return [name for name in dict.fromkeys(names) if ":" not in name and name not in states]
