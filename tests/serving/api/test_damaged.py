"""Files of the snapshot that go bad while it is served: their users get 503, everybody else their row, nobody a wrong
one."""

import os
from dataclasses import replace

import pytest

from serving.batch.part import part_file, prefix_of


@pytest.fixture
def served(inside, base, write_snapshot, monkeypatch):
    """The snapshot's rows in sixteen parts, served as the service has it: opened and checked, nothing read yet."""
    from serving.api.service import READS

    about = {name: base.snapshot.manifest[name] for name in ("model_version", "as_of")}
    snapshot = write_snapshot("2030-01-01-served", base.snapshot.table(), **about)
    snapshot.warm()
    live = READS.state.live
    monkeypatch.setattr(live, "_current", replace(live.current(), snapshot=snapshot))
    return snapshot


@pytest.fixture
def part(served, rows):
    """A part's file, the ids of its users, and those of all others."""
    prefix = prefix_of(rows[0]["user_id"], 1)
    users = [row["user_id"] for row in rows]
    mine = [user for user in users if prefix_of(user, 1) == prefix]
    return part_file(served.folder, prefix), mine, [user for user in users if user not in mine]


def flipped(file, at):
    with file.open("r+b") as opened:  # in place: the service holds this very file open
        opened.seek(at)
        (byte,) = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte ^ 4]))


DAMAGE = {
    "a byte flipped among the ids": lambda file: flipped(file, 200),
    "a byte flipped in the middle": lambda file: flipped(file, file.stat().st_size // 3),
    "cut off": lambda file: os.truncate(file, 100),
    "empty": lambda file: os.truncate(file, 0),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_users_of_a_damaged_part_get_503_and_others_go_on(inside, served, part, rows, same, caplog, damage):
    file, users, others = part
    damage(file)
    for asked in (users[:1], users[-2:], others[:3] + users[:1]):
        status, answer = inside.ask("/v1/score", {"user_ids": asked})
        assert status == 503 and answer.keys() == {"code", "message", "field", "row"}
        assert answer["code"] == "unreadable" and file.name not in str(answer)
    assert inside.ask(f"/v1/users/{users[0]}")[0] == 503 and f"{file.name}: damaged" in caplog.text
    by_user = {row["user_id"]: row for row in rows}
    for asked in (others[:5], others[-1:]):
        status, answer = inside.ask("/v1/score", {"user_ids": asked})
        assert (status, answer["snapshot"], answer["unknown"]) == (200, served.run_id, [])
        for got in answer["users"]:
            same(got, by_user[got["user_id"]], 1e-12)


def test_what_was_read_before_is_served_on_and_a_mended_file_is_read_again(inside, part, rows, same):
    file, users, _ = part
    row = next(row for row in rows if row["user_id"] == users[0])
    sound = file.read_bytes()
    os.truncate(file, 100)
    assert inside.ask("/v1/score", {"user_ids": users[:1]})[0] == 503
    file.write_bytes(sound)
    same(inside.ask("/v1/score", {"user_ids": users[:1]})[1]["users"][0], row, 1e-12)
    os.truncate(file, 100)
    same(inside.ask("/v1/score", {"user_ids": users[:1]})[1]["users"][0], row, 1e-12)
