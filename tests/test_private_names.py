"""Private names of other libraries that the code uses stand on a page, with the test that fails when they go."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/explanation/private-names.md"
OURS = {"features", "training", "serving", "holdfast"}
PRIVATE = re.compile(r"^_(?!_)\w*$")
DOTTED = re.compile(r"^[a-z]\w*(\.\w+)*\._(?!_)\w+(\.\w+)*$")  # a logger, or a module imported by name
# Public by their names, but no document of theirs speaks of them.
MODULES = ("ibis.backends.sql.", "ibis.expr.operations", "pyspark.java_gateway.", "uvicorn.protocols.")
ATTRIBUTES = {"compiler", "type_descriptor", "__mro__"}


def others(name: str) -> bool:
    top = name.split(".")[0]
    return top not in OURS and top not in sys.stdlib_module_names


def bound(tree: ast.AST) -> dict[str, str]:
    """Name in the file → dotted name of the module or thing of another library that an import binds to it."""
    found = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {one.asname or one.name.split(".")[0]: one.name for one in names if others(one.name)}
            case ast.ImportFrom(module=str(module), names=names, level=0) if others(module):
                found |= {one.asname or one.name: f"{module}.{one.name}" for one in names}
    return found


def private(text: str, own: set[str]) -> set[str]:
    """The private or undocumented names that a source uses. own: names with an underscore that our sources define."""
    tree, found = ast.parse(text), set()
    names = bound(tree)
    for name in names.values():
        if any(PRIVATE.match(part) for part in name.split(".")) or f"{name}.".startswith(MODULES):
            found.add(name)
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(value)) if DOTTED.match(value) and others(value):
                found.add(value)
            case ast.Attribute(value=ast.Name(id="os"), attr="_exit"):  # documented
                pass
            case ast.Attribute(value=ast.Name(id="con"), attr="con"):
                found.add("con.con")
            case ast.Attribute(value=value, attr=attr) if attr in ATTRIBUTES:
                found.add(attr)
            case ast.Attribute(value=value, attr=attr) if PRIVATE.match(attr) and attr not in own:
                if not (isinstance(value, ast.Name) and value.id in ("self", "cls")):
                    found.add(f"{ast.unparse(value)}.{attr}")
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name), attr=attr)]) if name in names:
                found.add(f"{names[name]}.{attr}")  # something of theirs is replaced
    return found


def defined(sources: dict[str, str]) -> set[str]:
    """Every name with a leading underscore that our sources define: functions, classes, attributes, variables."""
    found = set()
    for text in sources.values():
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    found.add(name)
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    found.add(name)
                case ast.Name(id=name, ctx=ast.Store()):
                    found.add(name)
    return {name for name in found if PRIVATE.match(name)}


@pytest.fixture(scope="module")
def used(sources) -> dict[str, set[str]]:
    """Name → files that use it."""
    ours = {path: text for path, text in sources.items() if path.split("/")[0].removesuffix(".py") in OURS}
    own, found = defined(ours), {}
    for path, text in ours.items():
        for name in private(text, own):
            found.setdefault(name, set()).add(path)
    return found


@pytest.fixture(scope="module")
def listed() -> dict[str, list[str]]:
    """Name → the cells of its line: where it is used, what for, the test."""
    lines = re.findall(r"^\| `([^`]+)` \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: rest.split(" | ") for name, rest in lines}


def test_every_private_name_is_listed_and_no_other(used, listed):
    assert set(used) - set(listed) == set(), f"{used}: say on {PAGE.name} what it is for and which test holds it"
    assert set(listed) - set(used) == set(), "nothing uses these any more: take them off the page"


def test_where_a_name_is_used_is_as_listed(used, listed):
    assert {name: set(re.findall(r"`([^`]+)`", cells[0])) for name, cells in listed.items()} == used


def test_every_name_has_a_test_that_exists(listed):
    for name, (*_, cell) in listed.items():
        file, _, test = cell.strip("`").partition("::")
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{name}: no {cell}"


PLANTED = {
    "import": ("from lightgbm.basic import _LIB", {"lightgbm.basic._LIB"}),
    "module": ("import bentoml._internal.server as s", {"bentoml._internal.server"}),
    "package": ("from _bentoml_sdk import io", {"_bentoml_sdk.io"}),
    "attribute": ("booster._handle", {"booster._handle"}),
    "string": ("logging.getLogger('bentoml._internal.http')", {"bentoml._internal.http"}),
    "connection": ("con.con.execute('select 1')", {"con.con"}),
    "replaced": ("import uvicorn.config as u\nu.Config = None", {"uvicorn.config.Config"}),
    "undocumented": ("from ibis.backends.sql.compilers.base import NULL", {"ibis.backends.sql.compilers.base.NULL"}),
}


@pytest.mark.parametrize("text, found", PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_name_is_found(text, found):
    assert private(text, set()) == found


def test_what_is_ours_or_public_is_not_found():
    text = "import os\nfrom training import _x\nself._a\nother._b\nos._exit(0)\n'holdfast._c'\n"
    text += "import lightgbm as lgb\nlgb.train"
    assert private(text, {"_b"}) == set()
