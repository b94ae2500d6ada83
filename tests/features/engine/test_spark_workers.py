"""Every executor has to read a token in the store; one that cannot, or has another Holdfast, is named in one line.

On a cluster: tests/serving/batch/work/test_executors.py. Here executors are stood in for.
"""

import pytest

from features.engine import spark_workers
from features.engine.spark_workers import Answer, see, versions
from features.errors import BadInput


class Session:
    """A session with executors of these names."""


@pytest.fixture
def executors(monkeypatch):
    """executors(names, answers): who is there, and what they say when they are asked; how often they were."""
    asked = []
    monkeypatch.setattr(spark_workers, "_seen", {})
    monkeypatch.setattr(spark_workers, "application", lambda session: "app")

    def there(names, *answers):
        def ask(session, token):
            asked.append(token.read_text())
            said = [Answer(host, 1, asked[-1] if read is None else read, told) for host, read, told in answers]
            return said, None if names is None else {*names}

        monkeypatch.setattr(spark_workers, "executors", lambda session: names if names is None else {*names})
        monkeypatch.setattr(spark_workers, "ask", ask)
        return asked

    return there


def test_executors_are_asked_once_and_those_that_join_later_too(executors, tmp_path):
    asked = executors({"a:1"}, ("a", None, {}))
    see(Session(), tmp_path)
    see(Session(), tmp_path)
    assert len(asked) == 1
    executors({"a:1", "b:1"}, ("a", None, {}), ("b", None, {}))
    see(Session(), tmp_path)
    assert len(asked) == 2 and asked[0] != asked[1]
    assert list(tmp_path.iterdir()) == []


def test_who_does_not_see_the_store_is_named(executors, tmp_path):
    executors({"a:1", "b:1"}, ("a", None, {}), ("b", "No such file or directory", {}))
    for _ in range(2):  # and again, for nobody has seen to it
        with pytest.raises(BadInput, match=r"^engine.master: the worker on b does not see .*No such[^\n]+$"):
            see(Session(), tmp_path)


def test_who_has_another_holdfast_may_not_score(executors, tmp_path):
    other = versions() | {"lightgbm": "3.0"}
    executors({"a:1"}, ("a", None, other))
    see(Session(), tmp_path)
    with pytest.raises(BadInput, match=r"^engine.master: the worker on a has lightgbm 3.0 and this machine \d[^\n]+$"):
        see(Session(), tmp_path, alike=True)
    executors({"a:1"}, ("a", None, {}))
    with pytest.raises(BadInput, match=r"the worker on a has Holdfast not at all and this machine \w+: install"):
        see(Session(), tmp_path, alike=True)
    executors({"a:1"}, ("a", None, versions()))
    see(Session(), tmp_path, alike=True)


def test_spark_in_this_process_is_not_asked(executors, tmp_path):
    asked = executors(set())
    see(Session(), tmp_path)
    assert asked == []


def test_where_spark_does_not_tell_its_executors_they_are_asked_once(executors, tmp_path):
    asked = executors(None, ("a", None, {}))
    see(Session(), tmp_path)
    see(Session(), tmp_path)
    assert len(asked) == 1
