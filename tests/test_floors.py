"""Four floors of rooms: imports point down, and never in a circle, neither of files nor of rooms."""

from graphlib import CycleError, TopologicalSorter

import pytest

FLOORS = {"features": 1, "training": 2, "serving": 3, "holdfast": 4}


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def arrows(files: dict[str, str], imported) -> dict[str, set[str]]:
    """Module → what it imports of the four floors, as modules where they exist."""
    modules = {module_name(path) for path in files}

    def owner(name: str) -> str:  # features.past.Past → features.past
        while name not in modules and name.split(".")[:-1]:
            name = name.rpartition(".")[0]
        return name

    graph = {}
    for path, text in files.items():
        graph[module_name(path)] = {owner(name) for name in imported(path, text) if name.split(".")[0] in FLOORS}
    return graph


def upward(graph: dict[str, set[str]]) -> list[str]:
    def floor(module: str) -> int:
        return FLOORS[module.split(".")[0]]

    return [f"{a} imports {b}" for a, targets in graph.items() for b in sorted(targets) if floor(b) > floor(a)]


def circle(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def rooms(files: dict[str, str], graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Room → the rooms it imports. A room is a folder below a floor; a file directly on a floor is one of its own."""
    packages = {module_name(path) for path in files if path.endswith("__init__.py")}

    def room(module: str) -> str:
        parts = module.split(".")
        return ".".join(parts[:2]) if len(parts) > 1 else f"{module}.__init__" if module in packages else module

    found: dict[str, set[str]] = {}
    for module, targets in graph.items():
        found.setdefault(room(module), set()).update({room(one) for one in targets} - {room(module)})
    return found


def drawn(graph: dict[str, set[str]]) -> str:
    """The arrows as a person reads them, for the message of a test that fails."""
    return "\n".join(f"{a} → {', '.join(sorted(b))}" for a, b in sorted(graph.items()) if b)


@pytest.fixture(scope="module")
def house(sources, imported):
    return arrows({path: text for path, text in sources.items() if module_name(path).split(".")[0] in FLOORS}, imported)


def test_there_is_a_house_to_look_at(house):
    assert {module.split(".")[0] for module in house} == FLOORS.keys()


def test_no_floor_imports_a_higher_one(house):
    assert upward(house) == [], drawn(house)


def test_no_imports_in_a_circle(house):
    assert circle(house) == [], drawn(house)


def test_no_rooms_import_each_other_in_a_circle(sources, house):
    found = rooms(sources, house)
    assert {"features.config", "training.rows", "serving.batch"} <= found.keys()
    assert circle(found) == [], drawn(found)


UP = {
    "plain": "import serving.scorer",
    "from": "from serving import scorer",
    "from a module": "from serving.scorer import score",
    "in a function": "def f():\n    from serving import scorer",
    "for types only": "if TYPE_CHECKING:\n    import serving.scorer",
    "by name": "importlib.import_module('serving.scorer')",
    "not there yet": "import serving.tomorrow",
}


@pytest.mark.parametrize("text", UP.values(), ids=UP.keys())
def test_an_upward_arrow_is_found(text, imported):
    files = {"training/churn.py": text, "serving/__init__.py": "", "serving/scorer.py": "import training.churn"}
    assert len(upward(arrows(files, imported))) == 1


def test_arrows_down_sideways_and_out_are_fine(imported):
    files = {
        "features/__init__.py": "from .past import past",
        "features/past.py": "import ibis, featuretools, training_data",
        "features/build.py": "from . import past\nfrom features.past import past",
        "holdfast.py": "import features, serving.api",
    }
    graph = arrows(files, imported)
    assert upward(graph) == [] and circle(graph) == []
    assert graph["features.build"] == {"features.past"}


CIRCLES = {
    "of two": {"features/a.py": "import features.b", "features/b.py": "from features.a import x"},
    "through a function": {"features/a.py": "def f():\n    from . import b", "features/b.py": "from .a import x"},
    "of three": {
        "training/a.py": "from . import b",
        "training/b.py": "from . import c",
        "training/c.py": "from . import a",
    },
    "through the package": {"features/__init__.py": "from .a import x", "features/a.py": "from features import y"},
}


def test_a_circle_of_rooms_is_found_where_no_files_make_one(imported):
    files = {
        "features/a/one.py": "import features.b.one",
        "features/b/one.py": "",
        "features/b/two.py": "import features.a.two",
        "features/a/two.py": "",
    }
    graph = arrows(files, imported)
    assert circle(graph) == [] and set(circle(rooms(files, graph))) == {"features.a", "features.b"}


@pytest.mark.parametrize("files", CIRCLES.values(), ids=CIRCLES.keys())
def test_a_circle_is_found(files, imported):
    assert circle(arrows(files, imported))
