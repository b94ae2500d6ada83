"""Risk × value: cells add up to the totals, and a chosen cell shows its users."""

import re


def test_cells_add_up(site, store):
    text = site.get("/ui/cells", headers={"accept-language": "en"}).text
    numbers = [int(one.replace(",", "")) for one in re.findall(r">([\d,]+) users</a>", text)]
    grid = [numbers[at : at + 4] for at in range(0, 16, 4)]
    assert all(sum(row[:3]) == row[3] for row in grid)
    assert [sum(row[column] for row in grid[:3]) for column in range(4)] == grid[3]
    assert grid[3][3] == store.snapshot.manifest["eligible"]


def test_a_chosen_cell_shows_its_users(site, store):
    rows = store.snapshot.table().to_pylist()
    there = [row for row in rows if (row["risk_band"], row["stay_tier"]) == ("high", "low")]
    text = site.get("/ui/cells?band=high&stay=low", headers={"accept-language": "zh"}).text
    shown = re.findall(r'href="/ui/users/(\d+)"', text)
    assert len(shown) == min(10, len(there)) and {int(one) for one in shown} <= {row["user_id"] for row in there}
    assert "/ui/campaigns/new?band=high&amp;stay=low" in text


def test_a_cell_that_is_none_chooses_nothing(site):
    assert site.get("/ui/cells?band=<b>&stay=low").status_code == 200
