"""One user, several ids, on the command line: what cards tell is scored as if the shop had known its users itself."""

import numpy as np
import pytest

from features.config import load
from serving.batch.snapshot import latest

DIRECT = '[tables.orders]\npath = "direct.csv"\n'
BY_CARD = """\
[tables.orders]
path = "cards.csv"
columns = { user_id = { id_type = "card", column = "card_no" } }
[tables.identities]
path = "identities.csv"
"""
CHURN = "[churn]\nhorizon_days = 30\neligible_days = 60\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with the orders of 500 users, by their ids and by two cards each, and of guests with unknown cards."""
    folder = tmp_path_factory.mktemp("cards")
    rng, direct, cards = np.random.default_rng(4), ["user_id,time,amount"], ["card_no,time,amount"]
    start = np.datetime64("2025-01-01")
    for user in range(500):
        gap, day, stop = rng.choice([3, 6, 12, 25]), rng.integers(0, 90), rng.integers(45, 360)
        while day < min(stop, 180):
            rest = f"{start + np.timedelta64(int(day), 'D')},{5 + gap * rng.random():.2f}"
            direct.append(f"u-{user:03},{rest}")
            cards.append(f"{user + 500 * rng.integers(0, 2):04},{rest}")
            day += max(1, round(gap * rng.uniform(0.9, 1.1)))
    guests = [f"9{n:03},2025-05-01,7" for n in range(40)] + [",2025-05-01,7"]
    (folder / "direct.csv").write_text("\n".join(direct) + "\n")
    (folder / "cards.csv").write_text("\n".join([*cards, *guests]) + "\n")
    links = [f"card,{card:04},u-{card % 500:03},2024-12-31" for card in range(1000)]
    (folder / "identities.csv").write_text("\n".join(["id_type,id,user_id,time", *links]) + "\n")
    for name, toml in (("direct", DIRECT), ("by_card", BY_CARD)):
        (folder / f"{name}.toml").write_text(toml + CHURN + f'[store]\npath = "{name}"\n')
    return folder


def test_cards_train_and_score_the_users_as_their_own_ids_do(shop, holdfast):
    snapshots = []
    for name in ("direct", "by_card"):
        for verb in ("train", "score"):
            ran = holdfast(verb, "--config", shop / f"{name}.toml")
            assert ran.code == 0, ran.err
        snapshots.append(latest(load(shop / f"{name}.toml").store_path))
    told = ("user_id", "churn_risk", "expected_value", "stage", "active_days", "reasons")
    one, other = (snapshot.table().sort_by("user_id") for snapshot in snapshots)
    assert one.num_rows > 450 and one.select(told).equals(other.select(told))
    assert [row["user_id"] for row in snapshots[1].look_up(["u-007", "0007"]).to_pylist()] == ["u-007"]


def test_check_says_how_many_rows_are_linked_and_how_many_are_guests(shop, holdfast):
    ran = holdfast("check", "--config", shop / "by_card.toml")
    count = len((shop / "cards.csv").read_text().splitlines()) - 1
    assert f"orders: {count:,} rows = {count - 41:,} used + 0 merged + 41 guests + 0 quarantined" in ran.out
    assert "identities: 1,000 rows = 1,000 used" in ran.out
    assert f"{count - 41:,} of {count:,} rows are linked to users by 'card'; 41 are guests" in " ".join(ran.out.split())


@pytest.mark.parametrize(
    "change, line",
    [
        (("identities]", "users]"), "needs [tables.identities]; add it with a path"),
        (('"card"', '"phone"'), "no id of id_type 'phone' in identities.csv; there are: card"),
    ],
)
def test_what_does_not_fit_ends_in_one_line(shop, holdfast, change, line):
    (shop / "wrong.toml").write_text((BY_CARD + CHURN).replace(*change))
    ran = holdfast("check", "--config", shop / "wrong.toml")
    assert ran.code == 2 and line in ran.err and ran.err.count("\n") == 1
