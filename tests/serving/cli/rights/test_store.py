"""The store's verbs tell every problem, exit 1 where there is one, and remove only what the configuration says."""


def test_a_problem_is_a_line_and_an_exit_of_1_and_mending_helps(copy, holdfast):
    config = copy()
    given = ("--config", config.file)
    assert holdfast("store", "verify", *given).code == 0
    (config.store_path / "snapshots" / "latest").write_text("2026-01-04-later")
    done = holdfast("store", "verify", *given)
    assert done.code == 1 and "2026-01-04-later" in done.out and "1 problem, see above" in done.err
    done = holdfast("store", "verify", "--mend", *given)
    assert done.code == 0 and "the latest snapshot is 2026-01-03-1111111111" in done.out


def test_old_things_go_by_the_configuration(copy, holdfast):
    config = copy()
    given = ("--config", config.file)
    assert "nothing is old enough" in holdfast("store", "prune", *given).out
    config.file.write_text(
        config.file.read_text().replace('path = "store"', 'path = "store"\nkeep = { snapshots = 1 }')
    )
    assert "would remove" in holdfast("store", "prune", "--dry-run", *given).out
    assert "removed" in holdfast("store", "prune", *given).out
