"""What the reference page says of a run's files and report is what a run has."""

from serving.campaigns.report import report
from serving.run_files import FILES, REPORT


def test_the_report_has_the_fields_that_the_page_names():
    told = report("run", "2026-01-01T00:00:00", [], [], [])
    fields = {name for name, _, _ in REPORT}
    assert {name for name in fields if "." not in name} == set(told) - {"users"}
    assert {name for name in fields if name.startswith("users.")} == {f"users.{name}" for name in told["users"]}


def test_every_file_is_named_once():
    assert len({one.name for one in FILES}) == len(FILES)
