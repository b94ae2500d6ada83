"""A bundle is text and hashes: it comes back as it was saved, or not at all."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from features.errors import BadInput
from training import bundle as bundles
from training.bundle import MANIFEST, load, save, verify
from training.models.calibration import Correction
from training.models.value import staying


@pytest.fixture(scope="module")
def saved(bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "bundle"
    save(bundle, folder)
    return folder


@pytest.fixture
def copied(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "bundle")


FILES = sorted(
    [f"{name}.txt" for name in ("amount", "churn", "churn_60d", "churn_7d", "rank", "tier", "tweedie")]
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


def test_a_correction_is_kept_and_moves_risk_expected_value_and_tier_alone(bundle, table, tmp_path):
    corrected = replace(bundle, correction=Correction("platt", 0.5, -1.0))
    save(corrected, tmp_path / "corrected")
    found = load(tmp_path / "corrected")
    assert found == corrected and found.version != bundle.version
    plain, risk = bundle.score(table)["churn_risk"], found.score(table)["churn_risk"]
    np.testing.assert_allclose(risk, 1 / (1 + np.exp(1 - 0.5 * np.log(plain / (1 - plain)))))
    np.testing.assert_array_equal(found.contributions(table), bundle.contributions(table))
    for name in ("value_rank", "value_if_stays", "stay_tier"):
        assert found.score(table)[name].equals(bundle.score(table)[name])
    tier, was = found.score(table)["tier"], bundle.score(table)["tier"]
    assert (tier <= was)[risk >= plain].all() and (tier >= was)[risk <= plain].all() and (tier != was).any()
    before = bundle.score(table)["expected_value"]  # as many times as much as the chance to stay
    np.testing.assert_allclose(found.score(table)["expected_value"], before * staying(plain, risk))


def test_a_season_moves_the_value_of_those_who_stay_too_but_no_lifetime(bundle, table):
    shift, season = (
        replace(bundle, correction=Correction(name, 1.0, -0.5)).score(table) for name in ("shift", "season")
    )
    assert season["churn_risk"].equals(shift["churn_risk"]) and season["tier"].equals(shift["tier"])
    assert (season["value_if_stays"] > shift["value_if_stays"]).all()
    due = (1 - season["churn_risk"]) * season["value_if_stays"]
    np.testing.assert_allclose(season["expected_value"], due)
    for name in (name for name in season if name.startswith("lifetime")):
        assert season[name].equals(shift[name])


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
    (copied / MANIFEST).write_text((copied / MANIFEST).read_text().replace('"version": 6', '"version": 5'))
    assert refused(copied) == "manifest.json names bundle format 5, this is 6; train again"


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


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("\nleaf_value=", "\n\nleaf_value=", "churn.txt: line "),
        ("\nis_linear=0\n", "\nleaf_value=9 9 9 9 9 9 9\nis_linear=0\n", "churn.txt: "),
        ("\nnum_cat=0\n", "\nnum_cat=1\n", "churn.txt: tree 0 is of a kind that is not trained here"),
        ("\nTree=0\n", "\nTree=0\r\n", "churn.txt: line "),
    ],
)
def test_a_poisoned_model_with_hashes_of_its_own_is_refused(bundle, tmp_path, old, new, why):
    boosters = bundle.boosters | {"churn": bundle.boosters["churn"].replace(old, new, 1)}
    save(replace(bundle, boosters=boosters), tmp_path / "bundle")
    assert refused(tmp_path / "bundle").startswith(why)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".json") and name != MANIFEST])
@pytest.mark.parametrize("text", ["", "7", "\xff"])
def test_files_with_hashes_that_hold_no_model_are_refused_in_a_line(copied, name, text):
    (copied / name).write_text(text, encoding="latin-1")
    files = {file.name: bundles.sha256(file.read_bytes()) for file in sorted(copied.iterdir()) if file.name != MANIFEST}
    (copied / MANIFEST).write_text(bundles._manifest(files))
    assert refused(copied) == "its files hold no trained model; train again or take another version"
