"""A bundle is text and hashes: it comes back as it was saved, or not at all."""

import json
import re
import shutil
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.errors import BadInput
from training import bundle as bundles
from training.backtest import frame
from training.bundle import MANIFEST, SCORES, load, quantiles, save, verify
from training.calibration import Correction
from training.lifetime import COLUMNS, Lifetime


@pytest.fixture(scope="module")
def bundle(system):
    """The trained system with a churn curve and lifetimes, made up."""
    found, boosters = system.bundle, system.bundle.boosters
    tables = Lifetime(2, (0.1, 0.8), ((0.9, 0.2), (0.8, 0.1), (0.7, 0.1)), (1.0, 90.0), (1.1, 0.9), (0.0, 0.5), (2, 3))
    return replace(
        found, boosters={**boosters, "churn_7d": boosters["churn"], "churn_60d": boosters["rank"]}, lifetime=tables
    )


@pytest.fixture(scope="module")
def table(system):
    """The features of the first 50 test users, as pandas gives them."""
    return frame(system.result.test, system.bundle).head(50)


@pytest.fixture(scope="module")
def saved(bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "bundle"
    save(bundle, folder)
    return folder


@pytest.fixture
def copied(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "bundle")


FILES = sorted(
    [f"{name}.txt" for name in ("amount", "churn", "churn_60d", "churn_7d", "rank", "stay", "tier", "tweedie")]
    + [f"{name}.json" for name in ("bounds", "calibration", "config", "encodings", "features", "manifest", "metrics")]
    + ["population.json"]
)


def refused(folder):
    """What load says, in one line that begins with the folder."""
    with pytest.raises(BadInput) as error:
        load(folder)
    assert "\n" not in str(error.value) and str(error.value).startswith(f"{folder}: ")
    return str(error.value).removeprefix(f"{folder}: ")


# On disk


def test_it_comes_back_as_it_was_saved(bundle, saved, table):
    found = load(saved)
    assert found == bundle and found.version == bundle.version
    assert found.score(table).equals(bundle.score(table))
    assert load(str(saved)) == bundle


def test_a_correction_is_kept_and_applied_to_the_risk_alone(bundle, table, tmp_path):
    corrected = replace(bundle, correction=Correction("platt", 0.5, -1.0))
    save(corrected, tmp_path / "corrected")
    found = load(tmp_path / "corrected")
    assert found == corrected and found.version != bundle.version
    plain, risk = bundle.score(table)["churn_risk"], found.score(table)["churn_risk"]
    np.testing.assert_allclose(risk, 1 / (1 + np.exp(1 - 0.5 * np.log(plain / (1 - plain)))))
    np.testing.assert_array_equal(found.contributions(table), bundle.contributions(table))
    assert found.score(table)["value_rank"].equals(bundle.score(table)["value_rank"])


def test_every_file_is_text_and_nothing_is_pickled(saved):
    assert sorted(file.name for file in saved.iterdir()) == FILES
    for file in saved.iterdir():
        text = file.read_text(encoding="utf-8")
        assert text.isprintable() or set(re.findall(r"[^ -~]", text)) <= {"\n"}
        if file.suffix == ".json":
            json.loads(text, parse_constant=pytest.fail)  # nor NaN, which other readers of JSON refuse


def test_saved_again_it_is_the_same_bytes(bundle, saved, tmp_path):
    save(load(saved), tmp_path / "again")
    assert all((saved / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_refused(copied, name):
    content = (copied / name).read_bytes()
    for at in (0, len(content) // 2, len(content) - 1):
        for byte in (b"7", b" "):
            (copied / name).write_bytes(content[:at] + byte + content[at + 1 :])
            if content[at : at + 1] != byte:
                assert name in refused(copied)


def test_no_byte_of_the_manifest_can_change(copied):
    content = (copied / MANIFEST).read_bytes()
    for at in range(0, len(content), 7):
        (copied / MANIFEST).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert MANIFEST in refused(copied)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(copied, name):
    (copied / name).unlink()
    assert f"{name} is missing or" in refused(copied)


@pytest.mark.parametrize("name", ["extra.txt", "churn.txt.orig", "sub/model.json"])
def test_an_extra_file_is_refused(copied, name):
    (copied / name).parent.mkdir(exist_ok=True)
    (copied / name).write_text("x")
    assert refused(copied) == f"{name} does not belong to the bundle; remove it"


def test_another_format_is_told(copied):
    (copied / MANIFEST).write_text((copied / MANIFEST).read_text().replace('"version": 5', '"version": 4'))
    assert refused(copied) == "manifest.json names bundle format 4, this is 5; train again"


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"version": 3, "files": 3}', "\xff"])
def test_a_manifest_that_is_none_is_refused(copied, text):
    (copied / MANIFEST).write_text(text, encoding="latin-1")
    assert "manifest.json is missing or damaged" in refused(copied)


def test_no_folder_is_no_bundle(tmp_path):
    assert "no bundle: manifest.json is missing" in refused(tmp_path / "nowhere")


def test_verify_hands_out_the_hashes(saved):
    assert sorted(verify(saved)) == [name for name in FILES if name != MANIFEST]


def test_it_is_saved_whole_or_not_at_all(bundle, tmp_path, monkeypatch):
    def fails(files):
        raise KeyboardInterrupt

    monkeypatch.setattr(bundles, "_manifest", fails)  # the last file to be written
    with pytest.raises(KeyboardInterrupt):
        save(bundle, tmp_path / "models" / "bundle")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_bundle_that_is_there_is_not_overwritten(bundle, copied):
    before = (copied / MANIFEST).stat()
    with pytest.raises(OSError):
        save(bundle, copied)
    assert (copied / MANIFEST).stat() == before and list(copied.parent.iterdir()) == [copied]


def test_what_is_not_a_number_is_no_json_and_not_saved(bundle, tmp_path):
    with pytest.raises(ValueError):
        save(replace(bundle, metrics={"auc": float("nan")}), tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


def test_the_version_names_what_the_bundle_computes(bundle):
    assert re.fullmatch("[0-9a-f]{12}", bundle.version)
    assert replace(bundle, metrics={"a": 1}, trained_on={}).version == bundle.version
    for change in (
        {"boosters": dict(bundle.boosters) | {"churn": bundle.boosters["rank"]}},
        {"bounds": replace(bundle.bounds, smearing=2.0)},
        {"risk_quantiles": bundle.risk_quantiles[::-1]},
        {"lifetime": None},
        {"lifetime": replace(bundle.lifetime, closed=3)},
    ):
        assert replace(bundle, **change).version != bundle.version


def test_a_percentile_is_exact_to_a_tenth():
    found = quantiles(np.linspace(0, 1, 11))
    assert len(found) == 1001 and found[345] == pytest.approx(0.345) and (found[0], found[-1]) == (0, 1)


# Scoring


def test_scores_are_of_their_kind(bundle, table):
    found = bundle.score(table)
    assert tuple(found.columns) == (*SCORES, "churn_7d", "churn_60d", *COLUMNS) and len(found) == 50
    assert bundle.curve == (7, 30, 60)
    assert found["churn_risk"].between(0, 1, inclusive="neither").all() and found["value_rank"].between(0, 1).all()
    assert (found[["expected_value", "value_if_stays"]] >= 0).all(axis=None)
    assert set(found["tier"]) <= {0, 1, 2, 3}


def test_columns_are_found_by_name(bundle, table):
    shuffled = table[list(table.columns[::-1])].assign(user_id="someone", unused=1)
    assert bundle.score(shuffled).equals(bundle.score(table))
    assert bundle.score(pa.Table.from_pandas(shuffled)).equals(bundle.score(table))


def test_rows_do_not_depend_on_each_other_nor_on_threads(bundle, table):
    expected = bundle.score(table, 1)
    assert bundle.score(table, 2).equals(expected) and bundle.predict(table).equals(expected)
    one = bundle.score(table.iloc[[7]]).reset_index(drop=True)
    assert one.equals(expected.iloc[[7]].reset_index(drop=True))


def test_numbers_of_any_kind_are_the_same_numbers(bundle, table):
    name, other = bundle.features[0], bundle.features[1]
    whole = table.assign(**{name: np.arange(50.0) % 2, other: np.nan})
    expected = bundle.score(whole)
    for ones in ("int64", "Int64", "bool", "boolean", "float32", "object"):
        assert bundle.score(whole.assign(**{name: whole[name].astype(ones)})).equals(expected), ones
    arrow = pa.Table.from_pandas(whole)
    for index, column in enumerate(
        [pa.array([Decimal(n % 2) for n in range(50)]), pa.chunked_array([pa.array([n % 2 for n in range(50)])])]
    ):
        assert bundle.score(arrow.set_column(0, name, column)).equals(expected), index
    assert bundle.score(arrow.set_column(1, other, pa.nulls(50))).equals(expected)
    assert bundle.score(whole.assign(**{other: pd.NA})).equals(expected)


BAD = {
    "text": ["a"] * 50,
    "numbers as text": ["1"] * 50,
    "mixed": [1, "a"] * 25,
    "times": pd.date_range("2026-01-01", periods=50),
    "categories": pd.Categorical(["a"] * 50),
    "lists": [[1]] * 50,
}


@pytest.mark.parametrize("values", BAD.values(), ids=BAD.keys())
def test_what_is_not_a_number_is_refused(bundle, table, values):
    name = bundle.features[3]
    expected = f"features: '{name}' holds something that is not a number; send numbers or null"
    bad = table.assign(**{name: pd.Series(values)})
    with pytest.raises(BadInput, match=f"^{re.escape(expected)}$"):
        bundle.score(bad)
    if len({type(value) for value in values}) == 1:  # Arrow has no mixed columns
        with pytest.raises(BadInput, match=f"^{re.escape(expected)}$"):
            bundle.score(pa.Table.from_pandas(bad))


@pytest.mark.parametrize("kind", [pd.DataFrame, pa.Table.from_pandas])
def test_a_missing_column_is_named(bundle, table, kind):
    first, second = bundle.features[2], bundle.features[5]
    expected = f"features: 2 missing, first '{first}'; send every feature that the model lists"
    with pytest.raises(BadInput, match=f"^{re.escape(expected)}$"):
        bundle.score(kind(table.drop(columns=[second, first])))


def test_a_column_that_stands_twice_is_refused(bundle, table):
    name = bundle.features[0]
    twice = pd.concat([table, table[[name]]], axis=1)
    for bad in (twice, pa.Table.from_arrays([pa.array(twice.iloc[:, i]) for i in range(twice.shape[1])], [*twice])):
        with pytest.raises(BadInput, match=f"^features: '{name}' stands 2 times; send it once$"):
            bundle.score(bad)


def test_nobody_has_no_scores(bundle, table):
    for empty in (table.head(0), pa.Table.from_pandas(table.head(0)), pa.table({name: [] for name in bundle.features})):
        found = bundle.score(empty)
        assert len(found) == 0 and (found.dtypes == bundle.score(table).dtypes).all()
        assert bundle.contributions(empty).shape == (0, len(bundle.features))


def test_contributions_add_up_to_the_risk(bundle, table):
    found = bundle.contributions(table)
    risk = bundle.score(table)["churn_risk"].to_numpy()
    assert found.shape == (50, len(bundle.features))
    base = np.log(risk / (1 - risk)) - found.sum(axis=1)
    assert base == pytest.approx(np.full(50, base[0]), abs=1e-9)
