"""Names, globs and folders on object storage find what they would find among the files of this machine."""

import glob

import pytest

from features.places.files import is_known
from features.places.listing import listed, stamps

KEYS = ("d/a.csv", "d/b/c.csv", "d/b/.hid.csv", "d/_tmp/e.csv", "d/year=1/f.parquet", "d/year=2/g.csv.gz", "d/[x].csv",
        "d/notes.md", "d/.git/h.csv")  # fmt: skip


@pytest.fixture
def both(s3, tmp_path):
    for key in KEYS:
        s3.put(b"x", key)
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_text("x")
    return s3, tmp_path


GLOBS = ("d/a.csv", "d/*.csv", "d/**/*.csv", "d/*/*.csv", "d/year=?/*", "d/.git/*", "d/[[]x].csv", "d/[!a]*.csv")


def test_globs_find_the_same_files_as_here(both):
    s3, folder = both
    for pattern in GLOBS:
        named = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207  # what files here are found by
        here = sorted(one for one in named if (folder / one).is_file())
        assert here and listed(f"{s3.uri}/{pattern}", is_known).files == [f"{s3.uri}/{one}" for one in here], pattern


def test_a_folder_is_all_its_files_but_hidden_ones(both):
    s3, _ = both
    found = {"d/[x].csv", "d/a.csv", "d/b/c.csv", "d/year=1/f.parquet", "d/year=2/g.csv.gz"}
    assert set(listed(f"{s3.uri}/d", is_known).files) == {f"{s3.uri}/{one}" for one in found}
    partitions = listed(f"{s3.uri}/d/year=*", is_known).files  # folders that a glob names
    assert partitions == [f"{s3.uri}/d/year=1/f.parquet", f"{s3.uri}/d/year=2/g.csv.gz"]


@pytest.mark.parametrize("path", ["lake", "lake/*.parquet", "lake/p=1/a.parquet", "lake/p=1"])
@pytest.mark.parametrize("kind, mark", [("Delta", "_delta_log/0.json"), ("Iceberg", "metadata/v1.metadata.json")])
def test_files_of_a_lakehouse_table_are_known_as_such(s3, path, kind, mark):
    for key in (f"lake/{mark}", "lake/a.parquet", "lake/p=1/a.parquet"):
        s3.put(b"x", key)
    found = listed(f"{s3.uri}/{path}", is_known)
    assert (found.lake, found.root) == (kind, f"{s3.uri}/lake")


def test_a_file_that_is_gone_has_no_stamp(s3):
    uri = s3.put(b"xyz", "a.csv")
    found = stamps([uri, f"{s3.uri}/gone.csv"])
    assert found[uri][0] == 3 and found[uri][2] and found[f"{s3.uri}/gone.csv"] is None
