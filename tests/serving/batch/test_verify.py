"""Going through a snapshot: a whole one passes, anything wrong with one is named in one line."""

import json

import pyarrow as pa
import pytest

from features import whole_files
from features.errors import BadInput
from serving.batch.part import prefix_of, prefixes, write_part
from serving.batch.snapshot import INPUTS, finish
from serving.batch.verify import verify

ROWS = pa.table({"user_id": [1, 2, 3, 4], "risk": [0.25, None, 0.5, 0.75]})


@pytest.fixture
def made(tmp_path):
    """made(prefix=rows): a finished snapshot of four users; parts of the prefixes named hold those rows instead."""

    def make(users=4, **instead):
        for prefix in prefixes(1):
            mask = [prefix_of(user, 1) == prefix for user in ROWS["user_id"].to_pylist()]
            write_part(tmp_path / "run", prefix, instead.get(prefix, ROWS.filter(mask)))
        return finish(tmp_path / "run", {"users": users}, 1)

    return make


def refused(folder):
    with pytest.raises(BadInput) as caught:
        verify(folder)
    line = str(caught.value)
    assert "\n" not in line and line.endswith("score again with 'holdfast score --fresh'")
    return line


def test_a_whole_snapshot_passes(made):
    steps = []
    assert verify(made().folder, lambda *step: steps.append(step)) == made()
    assert steps[0] == ("verifying", 0, 16) and steps[-1] == ("verifying", 16, 16)


# md5: 1 → c4ca…, 2 → c81e…, 3 → eccb…, 4 → a87f…
@pytest.mark.parametrize(
    ("prefix", "users", "wrong"),
    [
        ("c", [2, 1], "part-c.parquet: its users are not sorted, each once"),
        ("c", [1, 1], "part-c.parquet: its users are not sorted, each once"),
        ("c", [1, None], "part-c.parquet: a row without a user"),
        ("0", [4], "part-0.parquet: a user of another part"),
    ],
)
def test_a_user_who_would_not_be_found_is_told(made, prefix, users, wrong):
    rows = pa.table({"user_id": pa.array(users, pa.int64()), "risk": [0.5] * len(users)})
    assert wrong in refused(made(**{prefix: rows}).folder)


def test_a_damaged_board_is_named_and_a_whole_one_belongs_to_the_snapshot(tmp_path):
    for prefix in prefixes(1):
        mask = [prefix_of(user, 1) == prefix for user in ROWS["user_id"].to_pylist()]
        write_part(tmp_path / "run", prefix, ROWS.filter(mask))
    file = tmp_path / "run" / "boards" / "orders.parquet"
    file.parent.mkdir()
    whole_files.write_parquet(file, ROWS)
    made = {"orders": {"file": "boards/orders.parquet", "sha256": whole_files.sha256(file), "rows": len(ROWS)}}
    folder = finish(tmp_path / "run", {"users": 4, "boards": {"made": made, "missing": {}}}, 1).folder
    verify(folder)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(BadInput, match=r"boards/orders.parquet: damaged, .* 'holdfast score --fresh'"):
        verify(folder)


def test_a_snapshot_that_keeps_its_inputs_has_them_whole(lightly):
    snapshot = lightly()
    file = snapshot.folder / INPUTS
    kept = json.loads(file.read_text())["features"]
    assert {sum(one.values()) for one in kept.values()} == {snapshot.manifest["eligible"]}
    verify(snapshot.folder)
    file.write_text(file.read_text().replace('": 1', '": 2', 1))
    assert "inputs.json: damaged" in refused(snapshot.folder)


def test_lost_users_are_told(made):
    assert "manifest.json: 4 users, but 3 rows in its parts" in refused(made(a=ROWS.slice(0, 0)).folder)


def test_other_meanings_in_one_part_are_told(made):
    other = pa.schema([ROWS.schema.field(0), ROWS.schema.field(1).with_metadata({"meaning": "luck"})])
    assert "part-a.parquet: other columns, or other meanings" in refused(made(a=ROWS.slice(3).cast(other)).folder)


@pytest.mark.parametrize("name", ["part-c.parquet", "part-c.json", "manifest.json"])
def test_every_damage_is_refused_also_after_a_good_reading(made, name):
    snapshot = made()
    assert snapshot.look_up([1]).num_rows == 1
    file = snapshot.folder / name
    content = file.read_bytes()
    for at in range(0, len(content), max(1, len(content) // 12)):
        for damaged in (content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :], content[:at]):
            file.write_bytes(damaged)
            assert name in refused(snapshot.folder)
    file.write_bytes(content)
    verify(snapshot.folder)


@pytest.mark.parametrize("name", ["part-c.parquet", "part-c.json"])
def test_a_missing_file_is_told(made, name):
    snapshot = made()
    (snapshot.folder / name).unlink()
    assert f"{name}: not there" in refused(snapshot.folder)


def test_parts_that_the_manifest_does_not_name_are_told(made, monkeypatch):
    from serving.batch import snapshot as written

    monkeypatch.setattr(written, "prefixes", lambda digits: prefixes(digits)[:15])
    assert "manifest.json: does not name the parts of 1 digits, each once" in refused(made().folder)


@pytest.mark.parametrize("name", ["part-10.parquet", "notes.txt", ".hidden", "sub/part-0.parquet", "part-0.json.bak"])
def test_a_file_of_no_part_is_told(made, name):
    strange = made().folder / name
    strange.parent.mkdir(exist_ok=True)
    strange.write_bytes(b"")
    assert refused(made().folder).startswith(f"{strange}: does not belong to the snapshot; remove it, or")
