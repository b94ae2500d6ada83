"""Rules as SQL of DuckDB, for many users: the same answer as ``Rule.match`` gives from arrays."""

from collections.abc import Mapping

from features.config.layer_rules import Cuts, Layer, Test
from features.config.operations.playbook import SEGMENT, Playbook
from features.config.rules import Comparison, Constant, Rule

TAG, LAYER = "tag:", "layer:"
Named = Mapping[str, Rule]  # rules of segments and tags, by the name that a rule asks them by


def named_rules(playbook: Playbook) -> dict[str, Rule]:
    """The rules of segments and tags by the names that rules ask them by."""
    segments = {f"{SEGMENT}{name}": rule for name, rule in playbook.segments.items()}
    return segments | {f"{TAG}{name}": rule for name, rule in playbook.tags.items()}


def rule_sql(rule: Rule, named: Named) -> str:
    """A condition that is true where the rule matches, false or null elsewhere.

    Columns of the relation have the names that the rule asks by, ``layer:rfm`` as well; numbers are never NaN. Segments
    and tags are written out.
    """
    parts = [_comparison(one, named) for one in rule.all]
    if rule.any:
        parts.append("(" + " OR ".join(_comparison(one, named) for one in rule.any) + ")")
    return " AND ".join(parts) if parts else "true"


def bits_sql(rules: Mapping[int, Rule], named: Named) -> str:
    """A whole number, bit n of which is set where rule n matches; never null. See ``rule_sql``.

    Each comparison is made once, however many rules ask it, and takes away or brings the bits of all of them; texts are
    looked up once a column. Thirty rules cost a tenth of what they do one by one.
    """
    every = sum(1 << number for number in rules)
    all_ = _bits({number: rule.all for number, rule in rules.items()}, every, True, named)
    any_ = _bits({number: rule.any for number, rule in rules.items()}, 0, False, named)
    free = sum(1 << number for number, rule in rules.items() if not rule.any)
    met = " | ".join([*any_, *([_whole(free)] if free else [])])
    return " & ".join([_whole(every), *all_, *([f"({met})"] if any_ else [])])


def layer_sql(layer: Layer, cuts: Cuts) -> str:
    """The user's group of a layer, by its English name."""
    cases = []
    for group in layer.groups:
        tests = " AND ".join(_test(test, cuts) for test in group.tests)
        cases.append(f"WHEN {tests or 'true'} THEN {quoted(group.en)}")
    return f"CASE {' '.join(cases)} END"


def english(playbook: Playbook, layers: Mapping[str, Layer]) -> Playbook:
    """The playbook with groups of layers called by their English names, as ``layer_sql`` gives them."""

    def turned(rule: Rule) -> Rule:
        return Rule(tuple(map(one, rule.all)), tuple(map(one, rule.any)))

    def one(comparison: Comparison) -> Comparison:
        if not comparison.name.startswith(LAYER):
            return comparison
        words = {group.zh: group.en for group in layers[comparison.name.removeprefix(LAYER)].groups}
        told = tuple(words.get(str(value), value) for value in comparison.values)
        return Comparison(comparison.name, comparison.test, told if isinstance(comparison.value, tuple) else told[0])

    plays = tuple(
        type(play)(play.number, play.setting, turned(play.rule), play.channels, play.cooldown)
        for play in playbook.plays
    )
    return Playbook(plays, {name: turned(rule) for name, rule in playbook.segments.items()}, playbook.tags)


def column(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def quoted(value: Constant) -> str:
    """A constant in SQL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"'{float(value)!r}'::DOUBLE"  # a bare 0.1 would be a decimal, of which the last digits are lost


def _bits(asked: Mapping[int, tuple[Comparison, ...]], every: int, must: bool, named: Named) -> list[str]:
    """Numbers that, joined by & or |, have the bits of the rules whose comparisons hold. must: all of them, with &."""
    tests: dict[str, int] = {}
    texts: dict[str, dict[int, list[Comparison]]] = {}
    for number, comparisons in asked.items():
        for one in comparisons:
            if one.test in ("==", "in") and one.name not in named and all(isinstance(each, str) for each in one.values):
                texts.setdefault(one.name, {}).setdefault(number, []).append(one)
            else:
                sql = _comparison(one, named)
                tests[sql] = tests.get(sql, 0) | 1 << number
    found = [
        f"CASE WHEN {sql} THEN {_whole(every if must else bits)} ELSE {_whole(every & ~bits)} END"
        for sql, bits in tests.items()
    ]
    for name, by_rule in texts.items():
        others = every & ~sum(1 << number for number in by_rule)
        values = dict.fromkeys(value for each in by_rule.values() for one in each for value in one.values)
        joined = all if must else any
        cases = (
            (value, sum(1 << n for n, each in by_rule.items() if joined(value in one.values for one in each)))
            for value in values
        )
        listed = " ".join(f"WHEN {quoted(value)} THEN {_whole(others | bits)}" for value, bits in cases)
        found.append(f"CASE {column(name)} {listed} ELSE {_whole(others)} END")
    return found


def _whole(bits: int) -> str:
    return f"{bits}::BIGINT"


def _comparison(one: Comparison, named: Named) -> str:
    if one.name in named:  # a flag, never null
        inner = f"coalesce(({rule_sql(named[one.name], named)}), false)"
        wanted = {value is not (one.test == "!=") for value in one.values}
        return "true" if len(wanted) > 1 else inner if True in wanted else f"NOT {inner}"
    name = column(one.name)
    if one.test == "in":
        return f"{name} IN ({', '.join(map(quoted, one.values))})"
    return f"{name} {'=' if one.test == '==' else one.test} {quoted(one.values[0])}"


def _test(test: Test, cuts: Cuts) -> str:
    one = test.comparison
    if test.cut:
        cut = cuts[test.key]
        held = _comparison(Comparison(one.name, one.test, cut), {}) if cut == cut else "false"
    else:
        held = _comparison(one, {})
    return f"NOT coalesce({held}, false)" if test.negated else f"coalesce({held}, false)"
