"""What a body may hold at most, told before anything is made of it but a count of its signs or its plain values.

A body of 15 MB that is wrong in each of its values would else be told of in millions of errors: minutes, and gigabytes.
"""

from typing import Any

from pydantic_core import from_json

from serving.api.contract.errors import Problem, Refused, invalid

MOST_OBJECTS = 110_000  # of braces: a user or a row each; one request may bring 100,000 rows of 1,000 users
MOST_VALUES = 1_000_000  # of commas; those in texts count as well
MOST_KEYS = 1_000  # names in one object: more than there are features
TOO_MANY = Problem(413, "too_large", "the body has too many rows or values; send fewer users at once")
TOO_WIDE = invalid(f"an object of more than {MOST_KEYS:,} names; see /v1/openapi.json for what is wanted")
TOO_DEEP = Problem(400, "too_deep", "the JSON is nested too deeply; see /v1/openapi.json for what is wanted")
DEEPEST = 200  # brackets within brackets that the parser follows; a request needs six


def opened(body: bytes) -> Any:
    """The plain values of a body that holds enough names for one object to have too many, else None: then it is better
    read in one go. None as well where it is not JSON, which whoever reads it will say.

    Raises Refused for one of too many rows, values or names of an object.
    """
    if body.count(b"{") > MOST_OBJECTS or body.count(b",") > MOST_VALUES:
        raise Refused(TOO_MANY)
    if body.count(b":") <= MOST_KEYS:
        return None
    try:
        values = from_json(body, allow_inf_nan=False)
    except ValueError:
        return None
    if _widest(values) > MOST_KEYS:
        raise Refused(TOO_WIDE)
    return values


def _widest(values: Any) -> int:
    """The names of the object that has the most, or of the first that has more than MOST_KEYS."""
    most, waiting = 0, [values]
    while waiting and most <= MOST_KEYS:
        one = waiting.pop()
        if isinstance(one, dict):
            most = max(most, len(one))
            one = one.values()
        elif not isinstance(one, list):
            continue
        waiting.extend(each for each in one if type(each) in (dict, list))
    return most
