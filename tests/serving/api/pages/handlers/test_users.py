"""One user: the numbers are the snapshot's, and an id that nobody has is said."""

import re


def test_a_search_leads_to_the_user(site, store):
    user = store.snapshot.table(["user_id"])["user_id"][0].as_py()
    answer = site.get(f"/ui/users?q=+{user}+", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/ui/users/{user}")
    assert site.get("/ui/users?q=nobody").status_code == 404


def test_the_page_tells_what_the_row_says(site, store):
    row = next(row for row in store.snapshot.table().to_pylist() if row["eligible"] and row["stage_before"])
    text = site.get(f"/ui/users/{row['user_id']}", headers={"accept-language": "en"}).text
    assert f'<p class="headline">{row["churn_risk"] * 100:.0f} %</p>' in text
    assert len(re.findall(r"<svg", text)) >= len(row["reasons"])
    for one in row["reasons"]:
        assert f"{one['contribution']:+.2f}" in text


def test_somebody_without_scores_has_a_page(site, store):
    row = next(row for row in store.snapshot.table().to_pylist() if not row["eligible"])
    assert site.get(f"/ui/users/{row['user_id']}").status_code == 200


def test_an_unknown_user_is_said_and_not_quoted(site):
    answer = site.get("/ui/users/%3Cscript%3Ealert(1)%3C/script%3E")
    assert answer.status_code == 404 and "<script" not in answer.text


def test_the_page_draws_a_column_for_every_week_with_orders(site, store):
    row = next(row for row in store.snapshot.table().to_pylist() if sum(map(bool, row["weekly_counts"])) > 2)
    text = site.get(f"/ui/users/{row['user_id']}", headers={"accept-language": "en"}).text
    drawn = re.search(r'<div class="columns">.*?</svg>', text, re.S).group()
    assert len(re.findall(r"<rect", drawn)) == sum(map(bool, row["weekly_counts"]))
    assert f"highest column is {max(row['weekly_counts'])} in a week" in text
