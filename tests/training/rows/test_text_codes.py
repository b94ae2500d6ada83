"""Text becomes numbers that depend on the training rows alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.catalogue.feature import parse
from features.errors import BadInput
from training.bundle import load, save
from training.rows import text_codes
from training.rows.spine import gather


def objects(*values):
    return np.array(values, dtype=object)


def test_names_are_kept_by_alphabet_and_numbers_are_left_alone():
    features = {"plan": objects("plus", None, "free", "plus", "加"), "rate": np.array([1.0, np.nan])}
    assert text_codes.fit(features) == {"plan": ("free", "plus", "加")}
    assert text_codes.fit({"plan": objects(None, None), "none": objects()}) == {"plan": (), "none": ()}


FORMS = {
    "NumPy": lambda values: objects(*values),
    "Arrow": lambda values: pa.array(values, pa.string()),
    "chunks": lambda values: pa.chunked_array([pa.array(values[:2], pa.string()), pa.array(values[2:], pa.string())]),
    "large text": lambda values: pa.array(values, pa.large_string()),
    "a dictionary": lambda values: pa.array(values, pa.string()).dictionary_encode(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_missing_and_unseen_have_codes_of_their_own(form):
    codes, unseen = text_codes.apply(form(["plus", None, "gold", "free", "", "plus"]), ("free", "plus"))
    assert codes.dtype == np.float64 and codes.tolist() == [3, 0, 1, 2, 1, 3] and unseen == 2


def test_nothing_is_all_missing():
    assert text_codes.apply(pa.nulls(2), ("free",))[0].tolist() == [0, 0]
    assert text_codes.apply(objects(), ("free",))[0].shape == (0,)
    assert text_codes.apply(objects("a", None), ())[0].tolist() == [1, 0]


def test_rows_hold_text_as_it_came_and_give_codes():
    table = pa.table({"user_id": [1, 2], "plan": ["plus", None], "opted_out": [True, False], "order_total": [3, 4]})
    more = {"cutoff": pa.array([0, 0], pa.int32()), "churned": pa.array([0, 1]), "value": pa.array([0.0, 1.0])}
    more["days_to_return"] = pa.array([2.5, None])
    for name, column in more.items():
        table = table.append_column(name, column)
    names = ["plan", "opted_out", "order_total"]
    rows = gather(table, (), [parse(name) for name in names], (0.0,))
    assert rows.features["plan"].tolist() == ["plus", None]
    encodings = text_codes.fit(rows.features)
    assert rows.matrix(names, encodings).tolist() == [[2, 1, 3], [0, 0, 4]]
    assert rows.matrix(names[1:]).tolist() == [[1, 3], [0, 4]]


@pytest.fixture
def bundle(system):
    """The trained system, its first feature taken for text."""
    name = system.bundle.features[0]
    return replace(system.bundle, encodings={name: ("free", "plus")})


def text(bundle, *values):
    """Rows with these texts, and 1 for every other feature."""
    first, *others = bundle.features
    return pa.table({first: pa.array(values, pa.string()), **{name: [1.0] * len(values) for name in others}})


def test_a_bundle_encodes_text_and_counts_what_it_never_saw(bundle):
    table = text(bundle, "plus", None, "gold")
    assert bundle.matrix(table)[:, 0].tolist() == bundle.matrix(table.to_pandas())[:, 0].tolist() == [3, 0, 1]
    assert bundle.unseen(table) == bundle.unseen(table.to_pandas()) == {bundle.features[0]: 1}
    assert bundle.unseen(table.slice(0, 2)) == {}
    assert bundle.matrix(pd.DataFrame(table.slice(1, 1).to_pylist()))[:, 0].tolist() == [0]
    assert len(bundle.score(table)) == 3


def test_numbers_are_no_text_nor_text_numbers(bundle):
    first, second = bundle.features[:2]
    table = text(bundle, "plus")
    with pytest.raises(BadInput, match=f"features: '{first}' holds something that is not text; send text or null"):
        bundle.score(table.set_column(0, first, pa.array([1.0])))
    with pytest.raises(BadInput, match=f"features: '{second}' holds something that is not a number; send numbers"):
        bundle.score(table.set_column(1, second, pa.array(["1"])))


def test_encodings_come_back_and_change_the_version(bundle, system, tmp_path):
    save(bundle, tmp_path / "bundle")
    assert load(tmp_path / "bundle") == bundle and (tmp_path / "bundle" / "encodings.json").exists()
    assert bundle.version != system.bundle.version
    (tmp_path / "bundle" / "encodings.json").write_text("{}")
    with pytest.raises(BadInput, match="encodings.json is missing or was changed"):
        load(tmp_path / "bundle")


def test_a_text_that_few_users_have_is_no_category_however_many_rows_they_have():
    texts, users = (
        objects("free", "free", "lives alone", "lives alone", "lives alone", None),
        pa.array([1, 2, 3, 3, 3, 4]),
    )
    assert text_codes.fit({"plan": texts}, users, 2) == {"plan": ("free",)}
    assert text_codes.fit({"plan": texts}, users, 1) == {"plan": ("free", "lives alone")}
