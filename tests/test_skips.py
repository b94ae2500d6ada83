"""What is missing skips a test, with the reason; what HOLDFAST_REQUIRE names fails it instead."""

import pytest


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path / "nowhere"))
    monkeypatch.delenv("HOLDFAST_REQUIRE", raising=False)


@pytest.mark.parametrize("name, reason", [("java", "'java'"), ("chromium", "'chromium'"), ("data", "nowhere")])
def test_what_is_missing_skips_with_the_reason(needs, name, reason):
    with pytest.raises(pytest.skip.Exception, match=reason):
        needs(name)


@pytest.mark.parametrize("required", ["data", "java,data", "java data", " data, "])
def test_what_is_required_fails_with_the_reason(needs, monkeypatch, required):
    monkeypatch.setenv("HOLDFAST_REQUIRE", required)
    with pytest.raises(pytest.fail.Exception, match="nowhere"):
        needs("data")


def test_what_is_not_required_still_skips(needs, monkeypatch):
    monkeypatch.setenv("HOLDFAST_REQUIRE", "java")
    with pytest.raises(pytest.skip.Exception):
        needs("data")


def test_what_is_there_passes(needs, monkeypatch, tmp_path):
    (tmp_path / "java").touch(mode=0o755)
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path))
    monkeypatch.setenv("HOLDFAST_REQUIRE", "java data")
    needs("java")
    needs("data")


def test_a_misspelt_name_is_no_reason_to_skip(needs, monkeypatch):
    with pytest.raises(pytest.fail.Exception, match="jvaa"):
        needs("jvaa")
    monkeypatch.setenv("HOLDFAST_REQUIRE", "dta")
    with pytest.raises(pytest.fail.Exception, match="dta"):
        needs("data")
