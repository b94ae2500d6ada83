"""Files on disk: whole or not there, and damage to a sealed one is always seen."""

import ast
import json
import os
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import whole_files
from features.errors import BadInput
from features.whole_files import read_sealed, write, write_sealed, write_text

CONTENT = {"rows": 2, "share": 0.1, "parts": [{"file": "ü"}], "none": None}


def test_a_file_appears_whole(tmp_path):
    def stopped(part):
        part.write_bytes(b"half")
        raise KeyboardInterrupt

    write_text(tmp_path / "a", "old")
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a", stopped)
    assert (tmp_path / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_is_on_disk_before_it_gets_its_name_and_its_folder_after(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append((tmp_path / "a").exists()))
    write_text(tmp_path / "a", "new")
    assert seen == [False, True]


def test_what_is_sealed_comes_back(tmp_path):
    write_sealed(tmp_path / "a", CONTENT)
    assert read_sealed(tmp_path / "a") == CONTENT
    assert {*json.loads((tmp_path / "a").read_text())} == {*CONTENT, "seal"}


def test_any_changed_bit_and_any_cut_is_seen(tmp_path):
    file = tmp_path / "a"
    write_sealed(file, CONTENT)
    whole = file.read_bytes()
    cuts = [whole[:length] for length in range(len(whole))]
    flips = [whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :] for at in range(len(whole))]
    for damaged in [*cuts, *flips, whole + b"\n", b"{}"]:
        file.write_bytes(damaged)
        with pytest.raises(BadInput, match="a: damaged or unreadable; score again with 'holdfast score --fresh'"):
            read_sealed(file)


def test_what_is_missing_is_told(tmp_path):
    with pytest.raises(BadInput, match="a: not there; score again"):
        read_sealed(tmp_path / "a")


FLOORS = re.compile(r"(features|training|serving)/.*|holdfast\.py")
# What writes to a file by its name. A call within `whole_files.write(…)` writes to the name that it is given.
WRITERS = {
    "write_text",
    "write_bytes",
    "to_parquet",
    "write_table",
    "ParquetWriter",
    "savefig",
    "to_csv",
    "write_image",
}
# Where files are written in another way, and why they may.
OTHERWISE = {
    "features/whole_files.py": "it is the one way",
    "features/engine/postgres.py": "a copy in the scratch folder, which goes with the session",
    "features/engine/spark_session.py": "outside the store, a copy that executors fetch, which goes with the process",
    "features/engine/spark.py": "by executors, into folders that are renamed when they are whole",
    "serving/reports/stages.py": "to the name that whole_files.write gives its function",
    "serving/reports/layers.py": "to the name that whole_files.write gives its function",
    "serving/lineage/emit.py": "lines at the end of a file of somebody's own choice, each in one write",
    "serving/reports/feature_table.py": "to the name that whole_files.write gives its function",
    "serving/batch/buckets.py": "by DuckDB, into a folder that is renamed when it is whole",
    "features/tables/converted.py": "copies in the scratch folder, which goes with the session",
    "features/places/copies.py": "copies in the scratch folder, which goes with the session",
    "features/places/lakes.py": "copies in the scratch folder, which goes with the session",
    "features/first_config/mirror.py": "samples in a temporary folder",
    "serving/api/routes/board_rows.py": "into memory, for an answer",
    "serving/api/pages/handlers/list_files.py": "into memory, part by part of a download",
    "serving/jobs/jobs.py": "the log of a child, which grows while it runs",
    "serving/campaigns/formats/parquet.py": "into memory, for formats/write.py",
    "serving/campaigns/formats/write.py": "to the name that whole_files.write gives its function",
    "serving/campaigns/lists/list_file.py": "to the name that whole_files.write gives its function",
    "features/partials/shelf.py": "into memory, for whole_files.write",
    "features/tables/executors/judge.py": "to the name that whole_files.write gives its function",
    "serving/remote/apply.py": "into an incoming folder, checked and renamed; from there by whole_files.write",
    "serving/reports/work/stages_on_spark.py": "to the name that whole_files.write gives its function",
    "training/bundle.py": "into a folder that is renamed when it is whole",
    "training/tracking/server.py": "a lock, which holds nothing",
}


def written(text):
    """Lines of a source that write to a file in another way than by ``whole_files``."""
    tree, inside = ast.parse(text), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("whole_files.write", "whole_files.write_text"):
            inside |= {id(one) for one in ast.walk(node)}
    return sorted({node.lineno for node in ast.walk(tree) if id(node) not in inside and _writes(node)})


def _writes(node):
    if isinstance(node, ast.JoinedStr | ast.Constant) and "COPY (" in ast.unparse(node):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    modes = [one.value for one in [*node.args, *(k.value for k in node.keywords)] if isinstance(one, ast.Constant)]
    opens = name == "open" and any(isinstance(one, str) and re.fullmatch("[wax]b?", one) for one in modes)
    return opens or name in WRITERS or ast.unparse(node.func) in ("os.replace", "os.rename")


def test_every_file_is_written_by_the_one_way(sources):
    found = {path for path, text in sources.items() if FLOORS.fullmatch(path) and written(text)}
    assert found <= OTHERWISE.keys(), "write by features/whole_files.py"
    assert OTHERWISE.keys() <= found, "no exception any more"


OTHER_WAYS = (
    "file.write_text('x')",
    "open(file, 'w')",
    "file.open(mode='wb')",
    "pq.write_table(table, file)",
    "con.to_parquet(table, file)",
    "con.execute(f\"COPY ({sql}) TO '{file}'\")",
    "figure.savefig(file)",
    "os.replace(part, file)",
)


@pytest.mark.parametrize("text", OTHER_WAYS)
def test_another_way_to_write_is_found(text):
    assert written(text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "whole_files.write(file, lambda part: pq.write_table(table, part))",
        "whole_files.write(file, partial(figure.savefig, dpi=110))",
        "whole_files.write_text(file, 'x')",
        "open(file)",
        "file.open('rb')",
        "text.replace('a', 'b')",
    ],
)
def test_the_one_way_and_what_only_reads_are_fine(text):
    assert written(text) == []


def test_a_table_of_the_same_rows_is_the_same_bytes_and_is_whole_or_not_there(tmp_path):
    rows = pa.table({"user_id": range(5000), "text": ["é"] * 5000})
    for name in ("a", "b"):
        whole_files.write_parquet(tmp_path / name, rows)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() and pq.read_table(tmp_path / "a") == rows
    whole_files.write_parquet(tmp_path / "c", rows, "lz4")
    assert pq.ParquetFile(tmp_path / "c").metadata.row_group(0).column(0).compression == "LZ4"
    with pytest.raises(AttributeError):
        whole_files.write_parquet(tmp_path / "d", "no table")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "b", "c"]
