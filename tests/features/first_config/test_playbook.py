"""A first playbook loads whatever the tables are; what they do not allow is a comment with its reason."""

import re
from pathlib import Path

import pytest

from features.config import load
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.first_config.playbook import append
from features.first_config.plays import NEEDS, PLAYS
from features.first_config.write import write
from features.simulate import simulate
from features.tables.open_tables import open_tables

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
ORDERS = '[tables.orders]\npath = "orders.csv"\n'
EVENTS = '[tables.events]\npath = "events.csv"\n'
POINTS = '[tables.points]\npath = "points.csv"\n'
USERS = '[tables.users]\npath = "users.csv"\n'
KNOWN = "user_id,birthday,consent_marketing,consent_sms,phone_sha256,email_opt_in,external_userid,wecom_owner,phone\n"


@pytest.fixture
def first(tmp_path):
    """first(toml, **files): the configuration with its playbook, and its text."""

    def make(toml, **files):
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        file = tmp_path / "holdfast.toml"
        file.write_text(toml, encoding="utf-8")
        append(file)
        return load(file), file.read_text(encoding="utf-8")

    return make


def left_out(text):
    """The plays that are comments."""
    return set(re.findall(r'^# \[\[play\]\]\n# name = "(\w+)"', text, re.MULTILINE))


def test_with_every_table_there_are_twelve_plays_three_levels_and_nothing_left_out(first):
    config, text = first(ORDERS + EVENTS + POINTS + USERS, **{"users.csv": KNOWN})
    assert len(config.playbook.plays) == len(PLAYS) == 12
    assert [one.name for one in config.level] == ["silver", "gold", "platinum"]
    assert {one.name for one in config.calendar} == {"birthday", "spring_festival"}
    assert config.segment and config.tag and "points" in config.model_fields_set
    assert "Left out" not in text
    contact = config.contact
    assert (
        contact.quiet_hours and contact.max and contact.own_usage and contact.cooldown_days and contact.global_holdout
    )


def test_channels_take_the_columns_that_users_have_and_never_a_plain_number(first):
    config, text = first(ORDERS + USERS, **{"users.csv": KNOWN})
    channels = config.contact.channels
    assert {name: (one.consent, one.id, one.sender) for name, one in channels.items()} == {
        "email": ("users.email_opt_in", None, None),
        "sms": ("users.consent_sms", "users.phone_sha256", None),
        "push": (None, None, None),
        "wecom": (None, "users.external_userid", "users.wecom_owner"),
    }
    assert '"users.phone"' not in text and "nobody may be written to" not in text


def test_columns_that_are_mapped_count_by_our_name(first):
    mapped = USERS + 'columns = { birthday = "born", consent_marketing = "agreed" }\n'
    config, text = first(ORDERS + mapped, **{"users.csv": "user_id,born,agreed\n"})
    assert "birthday" in [one.name for one in config.play] and "nobody may be written to" not in text


def test_without_a_table_its_plays_are_comments_with_the_reason(first):
    config, text = first(ORDERS)
    assert left_out(text) == {"first_order", "birthday", "points_unspent", "points_unclaimed"}
    assert len(config.play) + len(left_out(text)) == 12 and not config.level
    assert all(f"# Left out 未启用: {NEEDS[need]}\n" in text for need in ("points", "birthday", "others"))
    assert "nobody may be written to" in text and "谁都不能触达" in text


def test_what_is_a_comment_is_read_once_its_table_is_there(first, tmp_path):
    _, text = first(ORDERS)
    loose = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE).replace(ORDERS, ORDERS + POINTS + USERS)
    (tmp_path / "holdfast.toml").write_text(loose, encoding="utf-8")
    config = load(tmp_path / "holdfast.toml")
    assert len(config.playbook.plays) == 12 and len(config.level) == 3 and len(config.calendar) == 2


def test_stages_of_one_s_own_leave_out_what_names_the_usual_ones(first):
    stages = (
        '[[lifecycle.stage]]\nname = "gone"\nall = ["days_since_active >= 90"]\n[[lifecycle.stage]]\nname = "here"\n'
    )
    config, text = first(ORDERS + stages)
    assert config.play == [] and len(left_out(text)) == 12
    assert "'stage' is never 'loyal'" in text


def test_the_best_tier_is_called_as_the_file_calls_it(first):
    config, _ = first(ORDERS + '[value]\ntiers = ["nil", "some", "lots"]\ncuts = [0.5]\n')
    assert "stay_tier == 'lots'" in config.segment[0].all


def test_the_text_that_was_there_stays(tmp_path):
    before = b"# my own words\r\n" + ORDERS.encode()
    (tmp_path / "holdfast.toml").write_bytes(before)
    append(tmp_path / "holdfast.toml")
    assert (tmp_path / "holdfast.toml").read_bytes().startswith(before)


@pytest.mark.parametrize("there", ["[contact]\n", '[[segment]]\nname = "x"\n', "[points]\n"])
def test_a_second_playbook_is_refused_in_one_line_and_changes_nothing(first, tmp_path, there):
    with pytest.raises(BadInput) as caught:
        first(ORDERS + there)
    assert "is there already; a playbook is written once" in str(caught.value) and "\n" not in str(caught.value)
    assert (tmp_path / "holdfast.toml").read_text(encoding="utf-8") == ORDERS + there


def test_a_file_that_is_wrong_is_told_as_by_every_verb_and_left_alone(first, tmp_path):
    for wrong, says in ((ORDERS + "[chrun]\n", "chrun: no such key"), ("[tables", "not TOML")):
        with pytest.raises(BadInput, match=says):
            first(wrong)
        assert (tmp_path / "holdfast.toml").read_text(encoding="utf-8") == wrong
    with pytest.raises(BadInput, match="no such file"):
        append(tmp_path / "other.toml")


def test_questions_that_are_open_do_not_keep_a_playbook_from_being_written(tmp_path):
    file = tmp_path / "holdfast.toml"
    file.write_text(ORDERS + 'time_format = "? 01/02 or 02/01"\n', encoding="utf-8")
    append(file)
    answered = file.read_text(encoding="utf-8").replace("? 01/02 or 02/01", "%d/%m/%Y")
    file.write_text(answered, encoding="utf-8")
    assert len(load(file).play) == 8


@pytest.mark.parametrize("name", ["cdnow", "essec", "dunnhumby"])
def test_it_loads_behind_the_configurations_of_the_benchmarks(first, name):
    config, _ = first((BENCHMARKS / f"{name}.toml").read_text(encoding="utf-8"))
    assert len(config.playbook.plays) == 8 and {"spring_festival"} == {one.name for one in config.calendar}


def test_it_loads_behind_what_init_writes_of_a_simulated_base_and_its_tables_open(tmp_path):
    simulate(tmp_path / "data", 300, days=120)
    file = tmp_path / "holdfast.toml"
    write([tmp_path / "data"], file)
    append(file)
    config = load(file)
    assert {"points_unspent", "first_order"} <= {one.name for one in config.play}
    with connect(config) as con:
        assert "users" in open_tables(con, config)


@pytest.mark.parametrize(
    ("toml", "cure"),
    [
        (ORDERS, "add [tables.users] with a column consent_marketing"),
        (ORDERS + USERS, "map consent_marketing in [tables.users.columns]"),
    ],
)
def test_that_nobody_has_agreed_is_told_with_the_cure_in_the_file_and_on_the_way(tmp_path, toml, cure):
    file = tmp_path / "holdfast.toml"
    file.write_text(toml, encoding="utf-8")
    (tmp_path / "users.csv").write_text("user_id,plan\n1,free\n", encoding="utf-8")
    told = append(file)
    assert told[-1] == f"{file}: no column says who consents, so nobody may be written to; {cure}"
    assert f"nobody may be written to: {cure}.\n" in file.read_text(encoding="utf-8")
