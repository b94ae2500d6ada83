"""What is read by GET."""

import pytest


def test_a_user_is_read_as_the_snapshot_has_it(inside, base, wanted, same):
    for row in (wanted[0], wanted[-1]):
        status, answer = inside.ask(f"/v1/users/{row['user_id']}")
        assert status == 200 and answer["snapshot"] == base.snapshot.run_id
        same(answer["user"], row, 1e-12)


@pytest.mark.parametrize("user", ["ann", "999999999", "-1", "1e3", "%20", "٣", "01", "9" * 30])
def test_who_is_not_in_the_snapshot_is_unknown(inside, user):
    status, answer = inside.ask(f"/v1/users/{user}")
    assert (status, answer["code"], answer["field"]) == (404, "unknown_user", "user_id")


def test_reasons_of_a_user_are_worded_in_the_language_asked_for(inside, wanted):
    path = f"/v1/users/{next(row['user_id'] for row in wanted if row['eligible'])}"
    english, chinese = (inside.ask(f"{path}?lang={lang}")[1]["user"]["reasons"] for lang in ("en", "zh"))
    assert all(one["text"].isascii() for one in english) and not any(one["text"].isascii() for one in chinese)


def test_a_language_that_there_is_not_is_refused(inside):
    status, answer = inside.ask("/v1/users/1?lang=fr")
    assert (status, answer["field"]) == (400, "lang")
