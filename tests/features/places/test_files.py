"""Which files belong to a table, what form they have, and which are refused before they are opened."""

import pytest

from features.errors import BadInput
from features.places.files import find, form_of, one_form, packing

TOML = '[tables.orders]\npath = "{}"\n'


@pytest.mark.parametrize(
    "name, form, packed",
    [
        ("a.PARQUET", "Parquet", ""),
        ("a.pq", "Parquet", ""),
        ("a.csv.gz", "CSV", ".gz"),
        ("a.dat", "CSV", ""),
        ("a.jsonl.zst", "JSON lines", ".zst"),
        ("a.xlsx", "Excel", ""),
        ("a.zip", "CSV", ".zip"),
    ],
)
def test_the_name_tells_form_and_packing(name, form, packed):
    assert (form_of(name), packing(name)) == (form, packed)


def test_a_folder_is_all_its_files_but_hidden_ones(shop, tmp_path):
    names = ["d/b.csv", "d/x/a.csv.gz", "d/_tmp/c.csv", "d/.hidden.csv", "d/_SUCCESS", "d/notes.md"]
    config = shop(TOML.format("d"), **dict.fromkeys(names, "x"))
    assert find(config, "orders") == [str(tmp_path / "d/b.csv"), str(tmp_path / "d/x/a.csv.gz")]


def test_a_folder_without_any_is_told(shop):
    with pytest.raises(BadInput, match="no file of a known form in the folder .*; name its files"):
        find(shop(TOML.format("d"), **{"d/notes.md": "x"}), "orders")


@pytest.mark.parametrize("path", ["lake", "lake/*.parquet", "lake/part=1/a.parquet"])
@pytest.mark.parametrize("lake, mark", [("Delta", "_delta_log/0.json"), ("Iceberg", "metadata/v1.metadata.json")])
def test_a_lakehouse_table_is_no_folder_of_parquet(shop, path, lake, mark):
    files = dict.fromkeys([f"lake/{mark}", "lake/a.parquet", "lake/part=1/a.parquet"], "x")
    with pytest.raises(BadInput, match=f"is part of the {lake} table .*lake, .* write format = "):
        find(shop(TOML.format(path), **files), "orders")


def test_forms_are_not_mixed(shop):
    config = shop(TOML.format("d"))
    with pytest.raises(BadInput, match="CSV and Excel files; give one kind"):
        one_form(config, "orders", ["a.csv", "b.xlsx"])


def test_a_file_uri_finds_what_the_path_finds(shop, tmp_path):
    config = shop(TOML.format("d/*.csv"), **{"d/a b.csv": "x"})
    again = shop(TOML.format(f"{(tmp_path / 'd').as_uri()}/*.csv"))
    assert find(again, "orders") == find(config, "orders") == [str(tmp_path / "d/a b.csv")]


def test_errors_of_a_store_name_file_key_and_value(s3, shop, monkeypatch):
    monkeypatch.setenv("BUCKET", s3.bucket)
    with pytest.raises(
        BadInput, match=r"^holdfast.toml: tables.orders.path: 's3://\$\{BUCKET\}/x': no file there; corr"
    ):
        find(shop(TOML.format("s3://${BUCKET}/x")), "orders")
    s3.put(b"x", "lake/_delta_log/0.json")
    s3.put(b"x", "lake/a.parquet")
    with pytest.raises(BadInput, match='lake/a.parquet.* is part of the Delta table .*; name that .*format = "delta"'):
        find(shop(TOML.format(f"{s3.uri}/lake/a.parquet")), "orders")
    s3.put(b"x", "d/notes.md")
    with pytest.raises(BadInput, match="no file of a known form at 's3://.*/d'"):
        find(shop(TOML.format(f"{s3.uri}/d")), "orders")


def test_a_delta_table_has_versions_and_no_files_to_find(shop):
    assert find(shop(TOML.format("lake") + 'format = "delta"\n'), "orders") == []
