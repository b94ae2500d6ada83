"""Who of a campaign was reached, by the messages: from before the assignment, by the campaign, by other campaigns."""

from typing import Any

import pyarrow as pa

from features.engine.duckdb_session import read
from features.user_base import UserBase
from training.verification.arms import HOLDOUT, TREATMENT
from training.verification.campaigns.assigned import Campaign, window_days

Counted = dict[str, tuple[int, int]]  # campaign_id → assigned users of treatment and of holdout with a message


def late(base: UserBase, campaign: Campaign) -> int:
    """Users with a message of the campaign from before they were assigned: what it did was under way then."""
    rows = _joined(base, campaign, "1", "m.campaign_id = u.sent_as AND m.time < u.time")
    return sum(row["n"] for row in rows or ())


def reached(base: UserBase, campaign: Campaign) -> tuple[tuple[int, int] | None, Counted]:
    """Users of each arm with a message of the campaign within their window; and the same of each other campaign.

    None where messages do not tell: there are none, they carry no campaign_id, or the campaign has none.
    """
    if not campaign.users["sent_as"].null_count < len(campaign.users):
        return None, {}
    within = f"m.time >= u.time AND m.time < u.time + INTERVAL '{window_days(base.config) * 24:.6f} hours'"
    name = "CASE WHEN m.campaign_id <> u.sent_as THEN m.campaign_id END"
    rows = _joined(base, campaign, name, within)
    if rows is None:
        return None, {}
    counted: dict[str | None, dict[str, int]] = {}
    for row in rows:
        counted.setdefault(row["name"], {})[row["arm"]] = row["n"]
    pairs = {name: (each.get(TREATMENT, 0), each.get(HOLDOUT, 0)) for name, each in counted.items()}
    own = pairs.pop(None, (0, 0))
    return own, {str(name): pair for name, pair in sorted(pairs.items(), key=lambda one: str(one[0]))}


def _joined(base: UserBase, campaign: Campaign, name: str, where: str) -> list[dict[str, Any]] | None:
    messages = base.tables.get("messages")
    if messages is None or "campaign_id" not in messages.columns:
        return None
    con = base.con
    users = campaign.users.select(["user_id", "time", "arm", "sent_as"])
    con.con.register("campaign_users", users.append_column("place", pa.array(range(len(users)), pa.int64())))
    found = read(
        con,
        f"SELECT {name} AS name, u.arm, count(DISTINCT u.place) AS n FROM campaign_users AS u "
        f"JOIN ({con.compile(messages)}) AS m USING (user_id) "
        f"WHERE m.campaign_id IS NOT NULL AND {where} GROUP BY 1, 2 ORDER BY 1, 2",
    )
    con.con.unregister("campaign_users")
    return found.to_pylist()
