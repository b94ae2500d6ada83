"""What an executor is held against: our sources, by their content, and the libraries that scores go by."""

from features.engine import spark_versions


def test_another_line_in_a_source_and_a_missing_library_are_seen(monkeypatch, tmp_path):
    ours = spark_versions.versions()
    assert {*spark_versions.PACKAGES} < ours.keys() and all(ours.values())
    monkeypatch.setattr(spark_versions, "PACKAGES", ("no-such-package",))
    monkeypatch.setattr(spark_versions, "ROOMS", ("features",))
    found = spark_versions.versions()
    assert found["no-such-package"] == "" and found["Holdfast"] != ours["Holdfast"]
