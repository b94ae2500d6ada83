"""What a feature is: a function with a contract, and the registry of all of them.

The parameters of the function say what it is made of:

==============  =====================================================================================================
``orders`` …    the rows of that table before the cutoff, with ``days_ago`` in place of ``time``; must be the first one
``gaps``        (with ``per="gap"``) one row per active day of the table: ``days`` since the active day before it (null
                for the first), ``ended`` days before the cutoff, and the user's ``silence`` in days
``inside``      true for rows of the window: the feature has one column per window of the ladder, ``order_count_90d``
``weight``      2^(-days_ago / half-life): the feature has one column per half-life, named in the same way
``days``        the length of the window or half-life in days
``horizon``     the churn horizon in days
``population``  what depends on everybody, see ``features.population``
other names     other features: a column, or for windowed ones a function from days to a column
==============  =====================================================================================================
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from features.errors import BadInput, did_you_mean

TABLES = ("activity", "orders", "events", "messages", "points", "feedback", "users")
GIVEN = ("inside", "weight", "days", "horizon", "population", "gaps")
LADDER = (-3, -2, -1, 0, 1, 2, 3)
NAMED = re.compile(r"^(?P<name>.+?)_(?P<count>\d+)(?P<step>[dh])$")

REGISTRY: dict[str, "Feature"] = {}


@dataclass(frozen=True)
class Feature:
    """A feature's contract. ``powers`` are the k of the windows horizon·2^k that models use; rules may name any."""

    name: str
    family: str
    table: str | None
    per: Literal["row", "gap", "user"]
    unit: str
    dtype: str
    null: str | None
    empty: float | None
    meaning: str
    takes: tuple[str, ...]
    powers: tuple[int, ...]
    needs: tuple[str, ...]
    function: Callable[..., Any] = field(repr=False, compare=False)

    @property
    def spanned(self) -> bool:
        """Whether there is one column per window or half-life."""
        return bool({"inside", "weight", "days"} & set(self.takes))

    @property
    def uses(self) -> tuple[str, ...]:
        """The features that this one is made of."""
        return tuple(name for name in self.takes if name not in GIVEN and name not in TABLES)


@dataclass(frozen=True)
class Column:
    """A feature at one window or half-life (in days), or without one; ``name`` is the column of the feature table."""

    feature: Feature
    days: float | None = None

    @property
    def name(self) -> str:
        return self.feature.name if self.days is None else f"{self.feature.name}_{span_name(self.days)}"


def feature(
    *,
    unit: str = "",
    table: str | None = None,
    per: Literal["row", "gap"] = "row",
    dtype: str = "float64",
    null: str | None = None,
    empty: float | None = None,
    powers: tuple[int, ...] = LADDER,
    needs: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a feature.

    unit: what its numbers count. null: when the value is missing, in words; or empty: the value of a user without rows.
    needs: optional columns of the table (``orders.discount``) without which the feature is left out.
    Raises TypeError at import when the docstring, the unit or the null meaning is not there, saying what to write.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__
        takes = tuple(inspect.signature(function).parameters)
        first = "gaps" if per == "gap" else table
        wanted: dict[str, Any] = {
            "a docstring that says what it is": (function.__doc__ or "").strip(),
            "unit=": unit,
            "either null= (when it is missing) or empty= (its value without rows)": (null or None, empty).count(None)
            == 1,
            f"another name, '{name}' is taken": name not in REGISTRY,
            "a name that does not end like a window": not NAMED.match(name),
            f"a table of {', '.join(TABLES)}": not table or table in TABLES,
            f"'{first}' as first parameter": not table or takes[:1] == (first,),
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
            takes=takes,
            powers=powers,
            needs=needs,
            function=function,
        )
        return function

    return register


def ladder(horizon: float, powers: tuple[int, ...] = LADDER) -> list[float]:
    """Windows in days: horizon·2^k in whole days, or hours where it is under 14 days; those under two steps dropped.

    A count divided, not a step multiplied: 21 hours must be the same number here, in ``parse`` and in ``days_ago``.
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


def parse(name: str, registry: dict[str, Feature] | None = None) -> Column:
    """The column that a name such as ``order_count_90d`` stands for; raises BadInput with the nearest name."""
    registry = REGISTRY if registry is None else registry
    if name in registry and not registry[name].spanned:
        return Column(registry[name])
    match = NAMED.match(name)
    if match and match["name"] in registry and registry[match["name"]].spanned and int(match["count"]) > 0:
        column = Column(registry[match["name"]], int(match["count"]) / (1 if match["step"] == "d" else 24))
        if column.name != name:  # or the table would have a column of another name than was asked for
            raise BadInput(f"feature '{name}' is called '{column.name}'; write that")
        return column
    if name in registry:
        raise BadInput(f"feature '{name}' needs a window; write '{name}_90d'")
    base = match["name"] if match else name
    if base in registry and registry[base].spanned:
        raise BadInput(f"feature '{name}': a window has at least one day or hour; write '{base}_90d'")
    if base in registry:
        raise BadInput(f"feature '{base}' has no windows; write '{base}'")
    raise BadInput(f"no feature '{name}'; {_nearest(base, match, registry)}")


def _nearest(base: str, match: re.Match[str] | None, registry: dict[str, Feature]) -> str:
    suffix = f"_{match['count']}{match['step']}" if match else "_90d"
    return did_you_mean(base + suffix, [name + (suffix if one.spanned else "") for name, one in registry.items()])
