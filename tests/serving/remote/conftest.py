"""Stores of two machines and one bucket between them."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pyarrow.fs as pf
import pytest

from features.places.conditional import Place
from serving.remote.shared import shared


class Killed(BaseException):
    """Stands for a machine that stops at once: nothing catches it."""


@pytest.fixture
def killed():
    return Killed


@pytest.fixture
def bucket(s3, needs):
    """uri of a remote, names() of its keys, write(key, bytes) and drop(key) behind everybody's back."""
    needs("obstore")
    root = f"{s3.bucket}/shared"

    def names() -> list[str]:
        found = s3.fs.get_file_info(pf.FileSelector(root, recursive=True, allow_not_found=True))
        return sorted(one.path.removeprefix(f"{root}/") for one in found if one.is_file)

    return SimpleNamespace(
        uri=f"{s3.uri}/shared",
        names=names,
        write=lambda key, content: s3.put(content, f"shared/{key}"),
        drop=lambda key: s3.drop(f"shared/{key}"),
        read=lambda key: s3.fs.open_input_stream(f"{root}/{key}").read(),
    )


def write(store: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        file = store / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture
def machine(tmp_path) -> Callable[..., Path]:
    """machine("a", files): the store of a machine, with these files."""

    def make(name: str, files: dict[str, str] | None = None) -> Path:
        store = tmp_path / name / "store"
        store.mkdir(parents=True, exist_ok=True)
        write(store, files or {})
        return store

    return make


@pytest.fixture
def snapshot() -> Callable[[str, str], dict[str, str]]:
    """snapshot("x", "text"): the files of a finished one."""
    return lambda name, text: {
        f"snapshots/{name}/part-all.parquet": f"rows {text}",
        f"snapshots/{name}/manifest.json": f"manifest {text}",
    }


@pytest.fixture
def seen() -> Callable[[Path], dict[str, bytes]]:
    """seen(store): the shared files of a store and their bytes."""
    return lambda store: {
        path: (store / path).read_bytes() for path in shared(store).files if not path.startswith("serving/")
    }


@pytest.fixture
def asked(monkeypatch):
    """How many requests went out (count), and after how many the machine is to stop (stop: None for never)."""
    state, ask = SimpleNamespace(count=0, stop=None), Place._ask

    def counted(self, call):
        if state.stop is not None and state.count >= state.stop:
            raise Killed
        state.count += 1
        return ask(self, call)

    monkeypatch.setattr(Place, "_ask", counted)
    return state
