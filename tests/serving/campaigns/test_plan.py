"""Planning: hostile bases, the same never done twice, a full disk, two at once."""

import hashlib
import multiprocessing
import resource
import signal
from datetime import timedelta

import pytest

from features import whole_files
from features.errors import BadInput
from serving.campaigns import plan as job
from serving.campaigns.fates import FATES
from serving.campaigns.plan import plan
from serving.campaigns.run import open_run, runs
from tests.serving.campaigns.world import AS_OF, base_of, config_of, opened, snapshot


def fates(run, play="p"):
    (told,) = (one for one in run.report["plays"] if one["name"] == play)
    assert sum(told["fates"].values()) == told["matched"]
    return {name: count for name, count in told["fates"].items() if count}


def every_byte(run):
    """The hash of every file of a run."""
    files = sorted(file for file in run.folder.rglob("*") if file.is_file())
    return {str(file.relative_to(run.folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_the_same_is_planned_once_and_anything_else_anew(shop):
    one = shop(users=5)
    base, scored = one.base, snapshot(one.config, one.scored)
    first = plan(base, scored, "ann")
    assert plan(base, scored, "bob") == first and first.manifest["planned_by"] == "ann"
    assert not list((one.store / "work").iterdir())
    one.toml = one.toml.replace("0.5", "0.4")
    assert plan(base_of(one.config, base.con, base.tables.fingerprint, users=None), scored, "bob").name != first.name
    assert len(runs(one.store)) == 2


def test_no_play_is_told_with_the_cure(shop):
    one = shop("[contact.channels.email]\n", users=2)
    with pytest.raises(
        BadInput, match=r"holdfast.toml: no \[\[play\]\]; write some, or let 'holdfast init --playbook'"
    ):
        one.plan()


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("messages", [False, True])
def test_without_a_users_table_nobody_has_consented_and_that_is_told(shop, text, messages):
    one = shop(users=6, text=text)
    at = AS_OF - timedelta(days=1)
    one.messages = (
        [{"user_id": row["user_id"], "time": at, "channel": "email"} for row in one.scored] if messages else None
    )
    one.users = None
    run = one.plan()
    assert fates(run) == {"no_consent": 6}
    (note,) = run.manifest["notes"]
    assert note["en"] == (
        "email: there is no [tables.users], so no consent_marketing: nobody has consented; add the table"
    )
    assert note["zh"] == "email：没有 [tables.users]，也就没有 consent_marketing，视为无人同意；请添加这张表"


def test_without_messages_or_their_columns_nothing_is_capped_and_nobody_opted_out(shop):
    one = shop(users=6)
    one.toml = one.toml.replace(
        "[contact.channels.email]", "max = [{ messages = 1, days = 7 }]\n[contact.channels.email]"
    )
    one.messages = None
    assert set(fates(one.plan())) <= {"treatment", "holdout"}
    one.messages = [{"user_id": 0, "time": AS_OF - timedelta(days=1), "channel": "email"}]
    assert fates(one.plan())["weekly_cap"] == 1


def test_messages_of_a_play_that_is_gone_count_for_caps_and_cool_nobody_down(shop):
    one = shop(users=6)
    one.toml = one.toml.replace("cooldown_days = 0", "cooldown_days = 7")
    at = AS_OF - timedelta(days=1)
    campaigns = ["2026-02-01-0123456789/gone", "p", "/p", "x/p", "2026-02-01-0123456789/p"]
    one.messages = [
        {"user_id": user, "time": at, "channel": "email", "campaign_id": text} for user, text in enumerate(campaigns)
    ]
    found = one.plan()
    cooled = {row for row in range(6) if found.look_up([row]).to_pylist()[0]["reason"] == "cooldown"}
    assert 4 in cooled and not {0, 1, 5} & cooled


def test_ids_of_another_type_than_the_snapshots_are_refused(shop):
    one, other = shop(users=3), shop(users=3, text=True)
    with pytest.raises(
        BadInput, match="its user ids are text, those of tables.users are whole numbers now; score again"
    ):
        plan(one.base, snapshot(one.config, other.scored), "ann")


PLAY = '[[play]]\nname = "{name}"\nall = ["value_at_stake >= {least}"]\nchannels = ["email"]\nholdout = 0.1\n'


def test_62_plays_of_names_that_sql_knows_each_have_their_users(shop):
    """The first takes who matches most; bit 61 is the highest that a whole number has room for."""
    words = ["select", "order", "group", "null", "drop-table", "user_id", "people", "contact", "0", "A"]
    names = words + [f"play-{number}" for number in range(62 - len(words))]
    channels = "[contact]\nglobal_holdout = 0\n"
    channels += '[contact.channels.select]\n[contact.channels.email]\n[contact.channels."e-7_30"]\n'
    one = shop(
        channels + "".join(PLAY.format(name=name, least=61 - place) for place, name in enumerate(names)), users=62
    )
    run = one.plan(digits=1)
    assert [told["matched"] for told in run.report["plays"]] == [*range(1, 63)]
    for place, name in enumerate(names):
        found = fates(run, name)
        assert found.get("treatment", 0) + found.get("holdout", 0) == 1 and found.get("in_other_play", 0) == place
    assert run.report["users"]["matched"] == 62
    assert run.look_up([0]).to_pylist()[0]["plays_matched"] == 1 << 61


def test_a_play_that_matches_nobody_has_an_empty_list(shop):
    one = shop(users=5)
    one.scored = [row | {"value_at_stake": None} for row in one.scored]
    run = one.plan(digits=1)
    assert fates(run) == {} and run.report["users"]["matched"] == 0
    assert {one: run.manifest["files"][one] is not None for one in run.manifest["files"]}
    assert all(file.exists() for file in run.files)


def test_a_base_without_anybody_makes_an_empty_run(shop):
    one = shop(users=0)
    one.active = {1: 1}
    assert one.plan().report["users"]["fates"] == dict.fromkeys(FATES, 0)


def test_parts_and_one_file_decide_the_same(shop, rows_of):
    one = shop(users=200)
    assert rows_of(one.plan(digits=0)) == rows_of(one.plan(digits=1))


def test_lists_hold_who_came_and_who_left_since_the_last_export(shop):
    import pyarrow.parquet as pq

    from serving.campaigns.export import export

    one = shop(users=40)
    first = one.approved()
    export(one.base, first, "p", "csv", AS_OF, "eve")
    before = set(pq.read_table(first.list_file("p"))["user_id"].to_pylist())
    one.scored = [row for row in one.scored if row["user_id"] >= 20] + [{"user_id": 99, "value_at_stake": 1.0}]
    one.users += [{"user_id": 99, "consent_marketing": True}]
    one.toml = one.toml.replace("holdout = 0.5", "holdout = 0.000001")
    run = one.plan(day=1)
    full, came, left = (
        {*pq.read_table(run.list_file("p", which))["user_id"].to_pylist()} for which in ("full", "in", "out")
    )
    assert (full, came, left) == ({*range(20, 40), 99}, full - before, before - full) and 99 in came and left


def test_a_play_that_has_ended_is_left_out_and_told_by_the_project_s_day(shop):
    one = shop(users=3)
    one.toml = one.toml.replace('name = "p"', 'name = "p"\nuntil = "2026-03-02"')
    assert one.plan().report["ended"] == []  # noon of that day
    one.toml = '[project]\ntimezone = "Pacific/Kiritimati"\n' + one.toml  # where it is the next day
    run = one.plan()
    assert run.report["ended"] == ["p"] and run.report["plays"] == []


def test_a_full_disk_is_told_and_the_runs_before_stand(shop, monkeypatch):
    one = shop(users=300)
    old = one.plan()
    kept, limits, write = every_byte(old), resource.getrlimit(resource.RLIMIT_FSIZE), whole_files.write
    base, scored = one.base, snapshot(one.config, one.scored, AS_OF + timedelta(days=1))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def small(file, fill):
        def limited(part):
            resource.setrlimit(resource.RLIMIT_FSIZE, (512, limits[1]))
            try:
                fill(part)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, limits)

        write(file, limited)

    with monkeypatch.context() as patch, pytest.raises(BadInput) as caught:
        patch.setattr(whole_files, "write", small)
        plan(base, scored, "ann")
    assert "\n" not in str(caught.value) and "no run was made, those before stand" in str(caught.value)
    assert runs(one.store) == [old] and every_byte(old) == kept
    assert plan(base, scored, "ann") == open_run(one.store, "latest") != old


def test_two_processes_at_once_end_with_one_run(shop, monkeypatch):
    one = shop(users=20)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    second = context.Process(target=plan_elsewhere, args=(one.folder, one.toml, one.users, one.scored, theirs))
    write, started = whole_files.write_parquet, []

    def slowly(*given, **more):
        if not started:
            started.append(second.start())
            assert ours.poll(60) and ours.recv() == "waiting"
        return write(*given, **more)

    with opened(one.config, "same", users=_users(one.users)) as base:
        monkeypatch.setattr(whole_files, "write_parquet", slowly)
        first = plan(base, snapshot(one.config, one.scored), "ann")
    before = every_byte(first)
    assert ours.poll(60) and ours.recv() == first.name
    second.join()
    assert runs(one.store) == [first] and every_byte(first) == before and first.manifest["planned_by"] == "ann"


def _users(rows):
    from tests.serving.campaigns.world import arrow

    return arrow(rows)


def plan_elsewhere(folder, toml, users, scored, pipe):
    """Plan the same in another process, which says when it waits, and what it found."""
    import logging

    class Told(logging.Handler):
        def emit(self, record):
            pipe.send("waiting" if "waiting until it has finished" in record.getMessage() else record.getMessage())

    logging.getLogger("serving.batch.lock").addHandler(Told())
    config = config_of(folder, toml)
    from serving.batch.snapshot import latest

    with opened(config, "same", users=_users(users)) as base:
        pipe.send(plan(base, latest(config.store_path), "bob").name)


def test_a_snapshot_of_other_settings_is_told(shop):
    one = shop(users=3)
    scored = snapshot(one.config, one.scored)
    one.toml += '[[segment]]\nname = "s"\nall = ["value_at_stake >= 1"]\n'
    (note,) = plan(one.base, scored, "ann").manifest["notes"]
    assert note["en"] == f"{scored.run_id} was scored under other settings; 'holdfast score' makes a new snapshot"


def test_who_plans_is_the_account_if_nobody_says(shop, monkeypatch):
    monkeypatch.setattr(job.getpass, "getuser", lambda: "zoe")
    assert shop(users=1).plan(by=None).manifest["planned_by"] == "zoe"

    def nobody():
        raise OSError

    monkeypatch.setattr(job.getpass, "getuser", nobody)
    assert job.account() == "unknown"
