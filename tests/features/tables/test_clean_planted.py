"""Twenty and more kinds of bad rows at 1 % each: every one is accounted for by its reason, and no good row is lost."""

import random
from collections import Counter

import pyarrow.parquet as pq

ROWS, EACH = 1000, 10  # good rows of a table, and bad ones of every kind
HEADERS = {
    "orders": "user_id,time,order_id,amount,items,known_at",
    "events": "user_id,time,event,value",
    "users": "user_id,signup_time,consent_marketing,birthday",
    "messages": "user_id,time,channel,opened_at",
    "points": "user_id,time,kind,points",
    "feedback": "user_id,time,kind,score,resolved_at",
}
GOOD = {
    "orders": "{n},2026-01-01 10:00,o{n},5.25,1,2026-01-02",
    "events": "{n},2026-01-01 10:00,login,",
    "users": "{n},2026-01-01,yes,1990-02-03",
    "messages": "{n},2026-01-01 10:00,mail,2026-01-01",  # opened on that day
    "points": "{n},2026-01-01 10:00,earned,5",
    "feedback": "{n},2026-01-01 10:00,survey,4,",
}
# What is planted → table, row, reason. n is the number of a user who has no other row.
PLANTED = {
    "no user": ("orders", ",2026-01-01,o{n},5,1,", "user_id is missing"),
    "an empty user": ("events", '"",2026-01-01,login,', "user_id is missing"),
    "a user of blanks": ("orders", "  ,2026-01-01,o{n},5,1,", "user_id is missing"),
    "no time": ("orders", "{n},,o{n},5,1,", "time is missing"),
    "an unreadable time": ("orders", "{n},yesterday,o{n},5,1,", "time is not a time"),
    "a day that never was": ("events", "{n},2026-02-30,login,", "time is not a time"),
    "half a day": ("orders", "{n},2026-01-01 01:00 PM,o{n},5,1,", "time is not a time"),
    "later than now": ("orders", "{n},2026-06-01 00:00:01,o{n},5,1,", "time is later than now"),
    "the year 9999": ("events", "{n},9999-12-31,login,", "time is later than now"),
    "a year beyond": ("points", "{n},20260-01-01,earned,5", "time is later than now"),
    "the year 1": ("messages", "{n},0001-01-01,mail,", "time is before 1970"),
    "the year 1900": ("orders", "{n},1900-01-01,o{n},5,1,", "time is before 1970"),
    "text for an amount": ("orders", "{n},2026-01-01,o{n},five,1,", "amount is not a number"),
    "a currency": ("events", "{n},2026-01-01,buy,5 EUR", "value is not a number"),
    "a decimal comma": ("orders", '{n},2026-01-01,o{n},"5,25",1,', "amount is not a number"),
    "NaN": ("points", "{n},2026-01-01,earned,NaN", "points is not a number"),
    "infinite": ("feedback", "{n},2026-01-01,survey,inf,", "score is not a number"),
    "a huge number": ("orders", "{n},2026-01-01,o{n},1e300,1,", "amount is not a number"),
    "no amount": ("orders", "{n},2026-01-01,o{n},,1,", "amount is missing"),
    "a negative amount": ("orders", "{n},2026-01-01,o{n},-5,1,", "amount is negative and refunds are not configured"),
    "negative points": ("points", "{n},2026-01-01,spent,-5", "points is negative; the kind says which way they go"),
    "text for a count": ("orders", "{n},2026-01-01,o{n},5,many,", "items is not a number"),
    "an unreadable time of knowing": ("orders", "{n},2026-01-01,o{n},5,1,soon", "known_at is not a time"),
    "an unknown kind": ("points", "{n},2026-01-01,stolen,5", "kind is none of earned, claimed, spent, expired"),
    "no kind": ("feedback", "{n},2026-01-01,,3,", "kind is missing"),
    "no channel": ("messages", "{n},2026-01-01,,", "channel is missing"),
    "opened before it was sent": (
        "messages", "{n},2026-01-03 10:00,mail,2026-01-01 10:00", "opened_at is more than a day before time",
    ),
    "resolved before it was told": (
        "feedback", "{n},2026-01-03,ticket,,2026-01-01", "resolved_at is more than a day before time",
    ),
    "a sign-up that is no time": ("users", "{n},then,yes,", "signup_time is not a time"),
    "a consent that is none": ("users", "{n},2026-01-01,maybe,", "consent_marketing is not true or false"),
    "a birthday that is none": ("users", "{n},2026-01-01,yes,spring", "birthday is not a date"),
    "too many values": ("orders", "{n},2026-01-01,o{n},5,1,,9", "line does not fit the header"),
    "too few values": ("events", "{n},2026-01-01", "line does not fit the header"),
    "an open quote": ("orders", '{n},"2026-01-01,o{n},5,1,', "line does not fit the header"),
    "bytes of another encoding": ("orders", "{n},2026-01-01,ö{n},5,1,", "line is not UTF-8 text"),
}  # fmt: skip
MERGED = "{n},2026-01-01 10:00,o{n},5.25,1,2026-01-02"  # a good order's line once more
ZONED = "{n},2026-01-01 11:00+01,o{n},5.25,1,2026-01-02"  # among times without a zone
TOML = "[quality]\nmax_bad_share = 0.5\n" + "".join(f'[tables.{name}]\npath = "{name}.csv"\n' for name in HEADERS)


def planted():
    """Table → its lines, shuffled; what is bad of them, by reason."""
    lines = {name: [row.format(n=n).encode() for n in range(ROWS)] for name, row in GOOD.items()}
    lines["orders"] += [MERGED.format(n=n).encode() for n in range(EACH)]
    lines["orders"] += [ZONED.format(n=ROWS + n).encode() for n in range(EACH)]
    bad = {name: Counter() for name in HEADERS}
    for kind, (name, row, reason) in enumerate(PLANTED.values(), 2):
        lines[name] += [row.format(n=kind * ROWS + n).encode("latin-1") for n in range(EACH)]
        bad[name][reason] += EACH
    for rows in lines.values():
        random.Random(7).shuffle(rows)
    return lines, bad


def test_every_planted_row_is_accounted_for_by_its_reason(cleaned, tmp_path):
    lines, bad = planted()
    assert len(PLANTED) >= 20
    for name, header in HEADERS.items():
        (tmp_path / f"{name}.csv").write_bytes(b"\n".join([header.encode(), *lines[name]]) + b"\n")
    tables, rows = cleaned(TOML)
    for name, counts in tables.counts.items():
        assert counts.reasons == bad[name], name
        assert counts.rows == len(lines[name]) == counts.used + counts.repeats + counts.quarantined
        assert counts.repeats == (EACH if name == "orders" else 0)
        users = ROWS + (EACH if name == "orders" else 0)
        assert sorted(row["user_id"] for row in rows[name]) == list(range(users)), name
        kept = pq.read_table(tmp_path / "store" / "quarantine" / f"{name}.parquet")
        assert Counter(kept["reason"].to_pylist()) == bad[name]
    (note,) = [one for one in tables.notes if "project.timezone" in one]
    assert note.startswith("tables.orders: time: ") and note.endswith("were read as UTC (project.timezone)")
