"""Attributes that divide users into groups: features that are text, or yes or no."""

from features.catalogue.feature import REGISTRY, FeatureColumn, parse
from features.errors import BadInput, did_you_mean


def attribute(name: str) -> FeatureColumn:
    """The feature of that name, to group users by; raises BadInput where there is none, or it is a number."""
    kinds = ("string", "boolean")
    near = did_you_mean(name, [one.name for one in REGISTRY.values() if one.dtype in kinds])
    try:
        column = parse(name)
    except BadInput as error:
        known = name in REGISTRY or near.startswith("there")
        raise BadInput(str(error) if known else f"no feature '{name}'; {near}") from None
    if column.feature.dtype not in kinds:
        raise BadInput(f"'{name}' is a number and makes no groups; take a text or a yes-or-no; {near}")
    return column
