"""The scout tells of what is new and good, and of what is new and bad; it makes no registry where there was one."""

import os
import shutil

import pytest

from features.errors import BadInput
from serving.api.reload import golden_rows, watcher
from training.tracking import Unreachable, attach
from training.tracking.registry import fetch


@pytest.fixture
def watched(monkeypatch):
    """watched(looks, trial): what watch tells; looks are found one after the other, or raised."""

    def run(looks, trial, serving="", crashed=None, pause=0.0):
        looks, said, clock = iter(looks), [], [0.0]

        def look():
            found = next(looks, None)
            if found is None:
                raise KeyboardInterrupt
            if isinstance(found, Exception):
                raise found
            return found

        def sleep(_):
            clock[0] += pause

        monkeypatch.setattr(watcher.time, "monotonic", lambda: clock[0])
        monkeypatch.setattr(watcher.time, "sleep", sleep)
        given = {"model": serving, "crashed": crashed or {}}
        with pytest.raises(KeyboardInterrupt):
            watcher.watch("model", given, look, trial, 1.0, said.append)
        return [{key: x for key, x in one.items() if key not in ("kind", "looked")} for one in said]

    return run


def good(name):
    return {"folder": name}


def bad(name):
    raise BadInput(f"/srv/ann/store/{name}: churn.txt was changed; train again")


FINE = {"trouble": ""}


def test_what_serves_already_is_not_tried(watched):
    assert watched(["v1", "v1"], bad, serving="v1") == [FINE, FINE]


def test_a_new_one_is_tried_once_and_told(watched):
    told = [{"trying": "v2"}, {"found": "v2", "folder": "v2"}, FINE, FINE]
    assert watched(["v2", "v2"], good, serving="v1") == told


def test_a_bad_one_is_told_in_a_line_without_the_path_and_not_tried_at_once_again(watched):
    trying, refused, *rest = watched(["v2", "v2", "v2"], bad, serving="v1", pause=25)
    assert trying == {"trying": "v2"} and rest == [FINE] * 3
    assert refused == {"found": "v2", "refused": "v2: churn.txt was changed; train again"}


def test_a_bad_one_gets_another_chance_later_and_the_old_one_at_once(watched):
    tried = [one["trying"] for one in watched(["v2"] * 5, bad, serving="v1", pause=25) if "trying" in one]
    assert tried == ["v2", "v2"]
    tried = [one["trying"] for one in watched(["v2", "v1", "v3"], bad, serving="v1") if "trying" in one]
    assert tried == ["v2", "v3"]


def test_what_a_scout_died_of_is_not_tried_by_the_next(watched):
    assert watched(["v2"], good, serving="v1", crashed={"model": "v2"}) == [FINE]


def test_a_registry_that_is_not_there_is_trouble_and_refuses_nobody(watched):
    def gone(name):
        raise Unreachable("mlflow.db: MLflow cannot be used there")

    trouble = {"trouble": "mlflow.db: MLflow cannot be used there"}
    assert watched([Unreachable("x"), "v2"], gone) == [{"trouble": "x"}, {"trying": "v2"}, trouble]


def test_an_error_of_no_kind_tells_its_kind_alone(watched):
    def broken(name):
        raise ValueError("ann@example.com")

    assert watched(["v2"], broken)[1] == {"found": "v2", "refused": "ValueError"}


def test_the_champion_and_the_newest_snapshot_are_tried(shop):
    shop.crown("1")
    name = watcher.champion_of(shop.config)
    assert name.startswith("v1-")
    found = watcher.try_model(shop.config, name)
    assert found["number"] == "1" and len(found["golden"]["churn_risk"]) == golden_rows.ROWS
    found = watcher.newest_of(shop.config)
    folder = found.partition(watcher.STATE)[0]
    assert watcher.try_snapshot(found) == {"folder": folder} and shop.base.snapshot.run_id in folder
    os.utime(f"{folder}/manifest.json", ns=(7, 7))  # as when it was written anew, without somebody
    assert watcher.newest_of(shop.config) != found


def test_the_card_that_another_machine_wrote_is_brought_along(shop, tmp_path):
    name, cards = watcher.champion_of(shop.config), shop.config.store_path / "cards"
    watcher.try_model(shop.config, name)
    assert not list(cards.glob("*.md"))  # its run has none: it is tried all the same
    (tmp_path / f"{name}.md").write_text("# A card")
    attach(shop.config, fetch(shop.config, name), [tmp_path / f"{name}.md"], "")
    watcher.try_model(shop.config, name)
    assert [file.read_text() for file in cards.iterdir()] == ["# A card"]
    shutil.rmtree(cards)


def test_a_registry_that_was_deleted_is_not_made_anew(shop, own):
    with pytest.raises(Unreachable, match="the registry's file is gone"):
        watcher.champion_of(own)
    assert not list(own.store_path.iterdir())
    with pytest.raises(BadInput, match="latest: no snapshot yet"):
        watcher.newest_of(own)


def test_the_registry_is_asked_again_only_when_its_file_has_changed(shop, monkeypatch, tmp_path):
    database, asked = tmp_path / "mlflow.db", []
    monkeypatch.setattr(watcher, "uri", lambda config: f"sqlite:///{database}")

    def look():
        asked.append(1)
        if not database.exists():
            raise Unreachable("gone")
        return f"v{len(asked)}"

    cheaper = watcher.settled(shop.config, look)
    with pytest.raises(Unreachable):
        cheaper()
    database.write_text("one")
    assert (cheaper(), cheaper()) == ("v2", "v3")  # just written: another change could have the same time
    os.utime(database, (1, 1))
    assert (cheaper(), cheaper()) == ("v4", "v4")
    database.with_name("mlflow.db-wal").write_text("two")
    os.utime(database.with_name("mlflow.db-wal"), (2, 2))
    assert (cheaper(), cheaper()) == ("v5", "v5")
    database.unlink()
    with pytest.raises(Unreachable):
        cheaper()
    database.write_text("new")
    os.utime(database, (1, 1))
    assert cheaper() == "v7"
