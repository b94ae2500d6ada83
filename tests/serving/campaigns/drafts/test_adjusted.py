"""A run of some plays, with other budgets or more plays: it is checked as holdfast.toml is, and is a run of its own."""

import pytest

from features.errors import BadInput
from serving.campaigns.drafts.adjusted import adjusted
from tests.serving.campaigns.world import config_of

TWO = """
[contact.channels.email]
[[play]]
name = "first"
all = ["stage == 'active'"]
channels = ["email"]
[[play]]
name = "second"
channels = ["email"]
cost = 2.0
budget = 10.0
"""


@pytest.fixture
def config(tmp_path):
    return config_of(tmp_path, TWO)


def added(folder, text):
    file = folder / "more.toml"
    file.write_text(f'[[play]]\nname = "third"\nchannels = ["email"]\n{text}', encoding="utf-8")
    return file


def test_plays_are_chosen_budgets_changed_and_added_plays_come_first(config, tmp_path):
    found = adjusted(config, ["second", "third"], {"second": 5.0}, {"third": 7}, [added(tmp_path, "")])
    assert [(one.name, one.setting.budget, one.setting.most) for one in found.playbook.plays] == [
        ("third", None, 7),
        ("second", 5.0, None),
    ]
    assert found.playbook_hash() != config.playbook_hash() and found.hash() == config.hash()
    assert adjusted(config).playbook_hash() == config.playbook_hash()


@pytest.mark.parametrize(
    "given, told",
    [
        ({"only": ["secnd"]}, "--only 'secnd': no play of that name; did you mean 'second'"),
        ({"budgets": {"other": 1.0}}, "--budget 'other': no play of the run"),
        ({"only": ["first"], "budgets": {"second": 1.0}}, "--budget 'second': no play of the run"),
        ({"budgets": {"second": -1.0}}, "--budget 'second=-1.0': budget"),
        ({"most": {"first": 0}}, "--most 'first=0': most"),
    ],
)
def test_what_cannot_be_is_one_line_with_the_option(config, given, told):
    with pytest.raises(BadInput) as error:
        adjusted(config, **given)
    assert told in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text, told",
    [
        ("all = [\"stage == 'nowhere'\"]", "more.toml: play[0].all[0]: 'stage' is never 'nowhere'"),
        ("cost = 1.0", "more.toml: play[0]: play 'third': it costs 1 a user and has no budget"),
        ("hoax = 1", "more.toml: play[0].hoax: no such key"),
        ("oh no", "more.toml: not TOML"),
    ],
)
def test_an_added_play_is_checked_as_one_of_the_playbook(config, tmp_path, text, told):
    with pytest.raises(BadInput) as error:
        adjusted(config, added=[added(tmp_path, text)])
    assert told in str(error.value)


def test_a_name_stands_for_one_play(config, tmp_path):
    file = added(tmp_path, "")
    file.write_text(file.read_text(encoding="utf-8").replace("third", "first"), encoding="utf-8")
    with pytest.raises(BadInput, match="'first' stands twice"):
        adjusted(config, added=[file])
