"""What a feature is: a function with a contract, and the registry of all of them.

The parameters of the function say what the feature is computed from:

==============  =====================================================================================================
``orders`` …    the rows of that table before the cutoff, with ``days_ago`` in place of ``time``; must be the first one.
                For ``activity`` and other derived tables see ``features.build.past``
``gaps``        (with ``per="gap"``) one row per active day of the table: ``days`` since the active day before it (null
                for the first), ``hours`` the same as a whole number, which sums exactly, ``ended`` days before the
                cutoff, and the user's ``silence`` in days. For horizons under 14 days, hours take the place of days
``latest``      (with ``per="item"``, ``session_id``, ``event`` or ``day``) one row per distinct value of that column,
                the latest; those ``inside`` are the distinct values of the window
``runs``        (with ``per="run"``) one row per run of two or more consecutive active days: ``steps``, their number
``inside``      true for rows of the window: the feature has one column per window of the ladder, ``order_count_90d``
``weight``      2^(-days_ago / half-life): the feature has one column per half-life, named in the same way
``where``       true for rows of the wanted kind of event, ``days_since_event__view``; None where all count.
                ``inside`` and ``weight`` already leave out the other rows
``step``        the place of an event's kind in ``[funnel] steps``, from 1 on; null for other kinds
``post``        true for events of the kind ``[community] post``; ``reply`` for those of ``[community] reply``
``days``        the length of the window or half-life in days
``kind``        the wanted kind of event, to pass on: ``event_count(days, kind)``
``horizon``     the churn horizon in days
``population``  figures over all users, see ``features.build.population``
other names     other features: a column, or for windowed ones a function from days, and maybe a kind, to a column
==============  =====================================================================================================
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from features.errors import BadInput, did_you_mean

DERIVED = ("activity", "posts", "channels", "unopened")  # from the tables; see features.build.past
TABLES = (*DERIVED, "orders", "events", "messages", "points", "feedback", "users")
FLAGS = ("inside", "weight", "where", "step", "post", "reply")  # of rows
GIVEN = (*FLAGS, "days", "kind", "horizon", "population", "gaps", "runs", "latest")
Per = Literal["row", "gap", "run", "day", "item", "session_id", "event", "user"]
WHOLE_YEAR = 365  # days: a year back from a whole day is one too
WEIGHT_UNIT = 2.0**32  # a row of this very moment in the whole numbers of ``weight``
LADDER = (-3, -2, -1, 0, 1, 2, 3)
NAMED = re.compile(r"^(?P<name>.+?)_(?P<count>\d+)(?P<step>[dh])$")
HAN = re.compile("[\u4e00-\u9fff]")
KIND = re.compile(r"[\w.-]+")  # kinds of event that a column may be named after

REGISTRY: dict[str, "Feature"] = {}


@dataclass(frozen=True)
class Feature:
    """A feature's contract.

    ``powers``: the k of the windows horizon·2^k that models use; rules may name any window. Models never use a feature
    with empty powers, even one without windows. ``kinds``: the same for its columns per kind of event; None where it
    has none. ``meaning``, ``zh``: what it is, in English and Chinese.
    """

    name: str
    family: str
    table: str | None
    per: Per
    unit: str
    dtype: str
    null: str | None
    empty: float | None
    meaning: str
    zh: str
    takes: tuple[str, ...]
    powers: tuple[int, ...]
    kinds: tuple[int, ...] | None
    needs: tuple[str, ...]
    function: Callable[..., Any] = field(repr=False, compare=False)

    @property
    def spanned(self) -> bool:
        """Whether there is one column per window or half-life."""
        return bool({"inside", "weight", "days"} & set(self.takes))

    @property
    def uses(self) -> tuple[str, ...]:
        """The features that this one is computed from."""
        return tuple(name for name in self.takes if name not in GIVEN and name not in TABLES)


@dataclass(frozen=True)
class FeatureColumn:
    """A feature with its window or half-life in days (None: has none) and its kind of event (None: all kinds)."""

    feature: Feature
    days: float | None = None
    kind: str | None = None

    @property
    def base(self) -> str:
        """The name without the window."""
        return self.feature.name if self.kind is None else f"{self.feature.name}__{self.kind}"

    @property
    def name(self) -> str:
        """The column of the feature table: ``order_count_90d``, ``event_count__view_90d``, ``days_since_order``."""
        return self.base if self.days is None else f"{self.base}_{span_name(self.days)}"


def feature(
    *,
    unit: str = "",
    zh: str = "",
    table: str | None = None,
    per: Per = "row",
    dtype: str = "float64",
    null: str | None = None,
    empty: float | None = None,
    powers: tuple[int, ...] = LADDER,
    kinds: tuple[int, ...] | None = None,
    needs: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a feature.

    unit: what its numbers count. zh: the docstring's sentence in Chinese. Either null: when the value is missing, in
    words; or empty: the value of a user without rows. powers, kinds: see Feature. needs: optional columns of tables
    (``orders.discount``) and keys of the configuration (``community.post``); where one is missing, so is the feature.
    Raises TypeError at import when something is missing or does not fit, saying what to write.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__
        takes = tuple(inspect.signature(function).parameters)
        first = {"row": table, "gap": "gaps", "run": "runs"}.get(per, "latest")
        wanted: dict[str, Any] = {
            "a docstring that says what it is": (function.__doc__ or "").strip(),
            "unit=": unit,
            "zh=, the same sentence in Chinese": HAN.search(zh),
            "either null= (when it is missing) or empty= (its value without rows)": (null or None, empty).count(None)
            == 1,
            f"another name, '{name}' is taken": name not in REGISTRY,
            "a name that does not end like a window": not NAMED.match(name),
            f"a table of {', '.join(TABLES)}": not table or table in TABLES,
            f"'{first}' as first parameter": not table or takes[:1] == (first,),
            "powers=(), for without a kind it is nothing": not powers or "kind" not in takes,
            "kinds=, for it is asked for by kind": kinds is not None or not {"where", "kind"} & set(takes),
            "rows of events, or 'kind', to be asked for by kind": kinds is None or table == "events" or "kind" in takes,
        }
        for text, there in wanted.items():
            if not there:
                where = f"{function.__module__}.{name}"
                raise TypeError(f"{where}: @feature needs {text}; write it where the function stands")
        REGISTRY[name] = Feature(
            name=name,
            family=function.__module__.rpartition(".")[2],
            table=table,
            per=per if table else "user",
            unit=unit,
            dtype=dtype,
            null=null,
            empty=empty,
            meaning=" ".join((function.__doc__ or "").split()),
            zh=zh,
            takes=takes,
            powers=powers,
            kinds=kinds,
            needs=needs,
            function=function,
        )
        return function

    return register


def ladder(horizon: float, powers: tuple[int, ...] = LADDER) -> list[float]:
    """Windows in days: horizon·2^k in whole days, or whole hours for horizons under 14 days, and at least two of them.

    Counts are divided by the steps of a day, not multiplied by a step: 21 hours must be the same float here, in
    ``parse`` and in ``days_ago``.
    """
    fine = steps_a_day(horizon)
    counts = (round(horizon * 2.0**power * fine) for power in powers)
    return [count / fine for count in dict.fromkeys(counts) if count >= 2]


def steps_a_day(horizon: float) -> int:
    """The grid of windows and gaps: days, or hours where the horizon is under 14 days."""
    return 1 if horizon >= 14 else 24


def step_days(horizon: float) -> float:
    """One step of that grid, in days."""
    return 1 / steps_a_day(horizon)


def span_name(days: float) -> str:
    """``90d`` for 90 days, ``21h`` for 21 hours."""
    return f"{round(days)}d" if abs(days - round(days)) < 1e-9 else f"{round(days * 24)}h"


def parse(name: str, registry: dict[str, Feature] | None = None) -> FeatureColumn:
    """The column that a name such as ``order_count_90d`` or ``event_count__view_90d`` stands for; raises BadInput with
    the nearest name."""
    registry = REGISTRY if registry is None else registry
    if "__" in name:
        return _of_kind(name, registry)
    if name in registry and not registry[name].spanned:
        return FeatureColumn(registry[name])
    match = NAMED.match(name)
    if match and match["name"] in registry and registry[match["name"]].spanned and int(match["count"]) > 0:
        one = registry[match["name"]]
        if "kind" in one.takes:
            raise BadInput(f"feature '{name}' needs a kind of event; write '{one.name}__view_{match[2]}{match[3]}'")
        return _exact(name, FeatureColumn(one, _days(match)))
    if name in registry:
        raise BadInput(f"feature '{name}' needs a window; write '{name}_90d'")
    base = match["name"] if match else name
    if base in registry and registry[base].spanned:
        raise BadInput(f"feature '{name}': a window has at least one day or hour; write '{base}_90d'")
    if base in registry:
        raise BadInput(f"feature '{base}' has no windows; write '{base}'")
    raise BadInput(f"no feature '{name}'; {_nearest(base, match, registry)}")


def _of_kind(name: str, registry: dict[str, Feature]) -> FeatureColumn:
    """The column of a name such as ``event_count__view_90d``, with a kind of event as the data has it."""
    base, _, rest = name.partition("__")
    if base not in registry:
        with_kinds = [name for name, one in registry.items() if one.kinds is not None]
        raise BadInput(f"no feature '{base}'; {did_you_mean(base, with_kinds)}")
    one = registry[base]
    if one.kinds is None:
        raise BadInput(f"feature '{base}' has no kinds of event; write '{base}{'_90d' if one.spanned else ''}'")
    match = NAMED.match(rest) if one.spanned else None
    kind = match["name"] if match else rest
    if one.spanned and not (match and int(match["count"])):
        raise BadInput(f"feature '{name}' needs a window; write '{base}__{kind}_90d'")
    if not KIND.fullmatch(kind):
        raise BadInput(f"feature '{name}': '{kind}' is no kind: letters, digits and . _ - alone")
    return _exact(name, FeatureColumn(one, _days(match) if match else None, kind))


def _exact(name: str, column: FeatureColumn) -> FeatureColumn:
    if column.name != name:  # or the feature table would name the column differently
        raise BadInput(f"feature '{name}' is called '{column.name}'; write that")
    return column


def _days(match: re.Match[str]) -> float:
    return int(match["count"]) / (1 if match["step"] == "d" else 24)


def _nearest(base: str, match: re.Match[str] | None, registry: dict[str, Feature]) -> str:
    suffix = f"_{match['count']}{match['step']}" if match else "_90d"
    known = [name + (suffix if one.spanned else "") for name, one in registry.items()]
    near = did_you_mean(base + suffix, known)
    return near if near.startswith("did") else f"{near} (docs/reference/features.md has them all)"
