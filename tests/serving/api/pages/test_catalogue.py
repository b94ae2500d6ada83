"""Every text is there in both languages, every text that is asked for is there, and none is there for nothing."""

import re
from pathlib import Path

import pytest

import serving.api.pages
from serving.api.pages.catalogue import catalogue, text

FOLDER = Path(serving.api.pages.__file__).parent
ASKED = re.compile(r"""(?:\bt|text)\(\s*(?:self\.language,\s*)?f?(['"])([a-z_]+\.[^'"]*)\1\s*([~+]?)""")


def asked():
    """(key, whether more follows) of every text that templates and handlers ask for."""
    for file in (*FOLDER.rglob("*.html"), *FOLDER.rglob("*.py")):
        for _, key, more in ASKED.findall(file.read_text(encoding="utf-8")):
            yield file.name, key.partition("{")[0], bool(more) or "{" in key


def test_what_is_asked_for_is_there():
    keys = catalogue()
    missing = [
        (file, key)
        for file, key, more in asked()
        if not (any(one.startswith(key) for one in keys) if more else key in keys)
    ]
    assert not missing


def test_both_languages_take_the_same_values():
    def taken(words):
        return sorted(re.findall(r"{(\w+)", words))

    assert [key for key, both in catalogue().items() if taken(both.en) != taken(both.zh)] == []


def test_chinese_is_chinese():
    same = {key for key, both in catalogue().items() if both.en == both.zh}
    assert same <= {"common.product", "retention.period"}


def test_nothing_is_shown_raw():
    with pytest.raises(KeyError):
        text("en", "overview.no_such_key")
    assert text("zh", "common.users", users="5") == "5 位用户"
