"""The reference pages under docs/reference/, from the declarations: no page can say what the code does not."""

import types
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from features.catalogue.families import load
from features.catalogue.feature import REGISTRY, Feature
from features.catalogue.input_tables import CONTRACTS
from features.config import Config
from features.config.operations.playbook import Operations
from features.reference_boards import page as boards
from features.reference_rules import NOTE
from features.reference_rules import page as rules


def pages() -> dict[str, str]:
    """Every reference page of this floor by file name."""
    found = {"features.md": features(), "rules.md": rules(), "settings.md": settings(), "tables.md": tables()}
    return found | {"boards.md": boards()}


def features() -> str:
    """The catalogue of features, by family."""
    load()
    lines = [NOTE, "# Features\n"]
    lines.append(
        "Windowed features have one column per window, named by its length: `order_count_90d`. Models use the windows "
        "H·2^k of the churn horizon H, for the k given here, in whole days (whole hours where H is under 14 days). "
        "Rules may name any window. Features *per kind* have columns of single kinds of event too, "
        "`event_count__view_90d`: models those of `engagement.kinds`, rules any.\n"
    )
    for family in dict.fromkeys(feature.family for feature in REGISTRY.values()):
        lines += [
            f"\n## {family}\n",
            "| feature | meaning | 含义 | unit | from | windows (k) | without a value |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [_feature(one) for one in REGISTRY.values() if one.family == family]
    return "\n".join(lines) + "\n"


def settings() -> str:
    """Every key of holdfast.toml with its default."""
    lines = [
        NOTE,
        "# Settings\n",
        "The keys of holdfast.toml. Relative paths start at the file; `${NAME:-default}` is filled in from the "
        "environment.\n",
    ]
    # Pydantic puts the sections of the base class first; they use what the others set.
    order = [*(name for name in Config.model_fields if name not in Operations.model_fields), *Operations.model_fields]
    for name in order:
        if name != "file":
            lines += _section(name, Config.model_fields[name].annotation)
    return "\n".join(lines) + "\n"


def _section(name: str, annotation: Any) -> list[str]:
    """The lines of a section, and of those within that have names of one's own, such as [contact.channels.NAME]."""
    origin = get_origin(annotation)
    section = get_args(annotation)[-1] if origin in (list, dict) else annotation
    own = "TABLE" if name == "tables" else "NAME"
    heading = f"[[{name}]]" if origin is list else f"[{name}.{own}]" if origin is dict else f"[{name}]"
    lines = [f"\n## {heading}\n", "| key | meaning | kind | default |", "|---|---|---|---|"]
    within: list[str] = []
    for key, one in section.model_fields.items():
        if get_origin(one.annotation) is dict and _is_section(get_args(one.annotation)[-1]):
            within += _section(f"{name}.{key}", one.annotation)
            continue
        default = (
            "needed"
            if one.is_required()
            else "see meaning"
            if one.default_factory or one.default in (None, "", [])
            else f"`{one.default!r}`"
        )
        lines.append(f"| `{key}` | {one.description} | {_kind(one.annotation)} | {default} |")
    return [*lines, *within]


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def tables() -> str:
    """The input tables and their columns."""
    lines = [
        NOTE,
        "# Input tables\n",
        "All optional but one of `orders` and `events`. `[tables.<name>.columns]` maps ours = yours.\n",
    ]
    for contract in CONTRACTS.values():
        lines += [
            f"\n## {contract.name}\n",
            contract.meaning + "\n",
            "| column | holds | unit | needed | null means |",
            "|---|---|---|---|---|",
        ]
        for column in contract.columns:
            holds = " or ".join(column.values) or column.kind
            lines.append(
                f"| `{column.name}` | {holds} | {column.unit} | {'yes' if column.needed else ''} | {column.null} |"
            )
    return "\n".join(lines) + "\n"


def _feature(one: Feature) -> str:
    source = one.table or ", ".join(one.uses) or "population"
    spans = _spans(one, one.powers)
    if one.kinds is not None:
        spans = "; ".join(part for part in (spans, f"per kind: {_spans(one, one.kinds) or 'yes'}") if part)
    without = one.null or ("no" if one.empty is False else f"{one.empty:g}")
    return f"| `{one.name}` | {one.meaning} | {one.zh} | {one.unit} | {source} | {spans} | {without} |"


def _spans(one: Feature, powers: tuple[int, ...]) -> str:
    return ", ".join(str(power) for power in powers if one.spanned) if powers else "rules only"


def _kind(annotation: Any) -> str:
    """A type in words: text, number, list of text, …"""
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): ""}
    if annotation in plain:
        return plain[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table of " + ", ".join(f"`{one.alias or key}`" for key, one in annotation.model_fields.items())
    parts = [_kind(part) for part in get_args(annotation) if not _is_constraint(part)]
    origin = get_origin(annotation)
    if origin is list:
        return f"list of {parts[0]}"
    if origin is dict:
        return f"{parts[0]} = {parts[1]}"
    if origin is types.UnionType or parts:
        return " or ".join(dict.fromkeys(part for part in parts if part))
    return repr(annotation) if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))


def _is_constraint(part: Any) -> bool:
    return not (isinstance(part, type | str) or get_origin(part) is not None)
