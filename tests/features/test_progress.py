from features.progress import Progress, silent


def test_silent_is_a_progress_report_that_prints_nothing(capsys):
    report: Progress = silent
    report("scoring", 1, 2)
    assert capsys.readouterr() == ("", "")
