"""Users on pages are called by their stage's name and have their reasons in words."""

from serving.api.pages.user_rows import band_class, user_rows


def test_rows_have_words_in_the_language_of_the_page(view, store):
    row = next(row for row in store.snapshot.table().to_pylist() if row["eligible"] and row["reasons"])
    (en,), (zh,) = user_rows(view("en"), [row]), user_rows(view("zh"), [row])
    assert en["why"] and zh["why"] and en["why"] != zh["why"]
    assert en["stage_name"] != zh["stage_name"] and en["href"] == f"/ui/users/{row['user_id']}"


def test_bands_are_painted_by_their_place(view):
    painted = [band_class(view(), name) for name in ("low", "medium", "high", None, "<script>")]
    assert painted == ["band-low", "band-medium", "band-high", "", ""]
