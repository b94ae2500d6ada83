"""The list of codes: every code that the service answers stands in it, with its status, and no other."""

import ast
from pathlib import Path

from serving.api.contract.codes import CODES, LIST
from serving.api.contract.errors import BY_STATUS, OTHER, invalid

API = Path(__file__).parents[4] / "serving" / "api"


def answered():
    """(status, code) of every Problem and Refusal that the sources make."""
    for file in API.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "Refusal"):
                values = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
                if len(values) == 2 and isinstance(values[0], int):
                    yield tuple(values)


def test_every_code_that_is_answered_is_listed_with_its_status_and_every_listed_one_is_answered():
    found = {*answered(), *((status, code) for status, (code, _) in BY_STATUS.items()), (500, OTHER[0])}
    assert (400, "invalid") in found and found == {(one.status, one.name) for one in LIST}


def test_each_code_stands_once_and_says_when_it_comes_and_what_helps():
    assert len(CODES) == len(LIST) and all(one.meaning and one.cure for one in LIST)


def test_a_request_that_does_not_fit_has_the_listed_code():
    problem = invalid("a number was due")
    assert CODES[problem.code].status == problem.status
