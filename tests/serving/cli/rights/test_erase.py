"""The verbs erase and export what they say, and end with the codes of all verbs."""

import json


def test_a_user_is_exported_then_erased_and_then_nothing_is_left_to_export(copy, planted, holdfast, tmp_path, traces):
    config, out, ids = copy(), tmp_path / "out", tmp_path / "ids.txt"
    given = ("--config", config.file)
    done = holdfast("export-user", "--user", planted.ids[0], "--out", out, *given)
    assert done.code == 0 and sorted(one.name for one in out.iterdir()) == ["user.en.html", "user.json", "user.zh.html"]
    assert json.loads((out / "user.json").read_text())["kept"]
    ids.write_text("\n".join(planted.ids[1:]))
    done = holdfast("erase", "--user", planted.ids[0], "--users", ids, *given)
    assert done.code == 0 and "erased 4 users" in done.out and traces(config.store_path) == []
    holdfast("export-user", "--user", planted.ids[0], "--out", out, *given)
    told = json.loads((out / "user.json").read_text())
    assert told["kept"] == [] and told["erased_before"]


def test_nobody_named_is_bad_usage(copy, holdfast):
    done = holdfast("erase", "--config", copy().file)
    assert done.code == 2 and "give --user ID, or --users FILE" in done.err
