"""The reference pages of training and serving follow from the tables, and none is stale."""

from features.environment import NAMES
from features.tables.row_checks import CODES as ROW_CODES
from serving.api.contract.codes import CODES
from serving.api.routes.table import ROUTES
from serving.campaigns.fates import FATES
from serving.campaigns.formats.receivers import REASONS
from serving.campaigns.formats.table import FORMATS
from serving.campaigns.run import COLUMNS as ASSIGNED
from serving.reference import pages
from serving.run_files import FILES, REPORT
from serving.scoring.columns import COLUMNS
from training.evaluation.metric_table import TABLE


def test_every_entry_of_a_table_has_its_line():
    found = pages()
    assert all(f" {one.name}` |" in found["routes.md"] for one in ROUTES)
    assert all(f"| `{one.name}` |" in found["snapshot.md"] for one in COLUMNS)
    assert all(f"| {one.label} | `{one.name}`" in found["metrics.md"] for one in TABLE)
    assert all(f"| `{name}` |" in found["errors.md"] for name in (*CODES, *ROW_CODES))
    assert all(f"| `{name}` |" in found["environment.md"] for name in NAMES)
    assert all(f"| `{name}` |" in found["exports.md"] for name in (*FORMATS, *REASONS))
    told = (*FATES, *ASSIGNED, *(one.name for one in FILES), *(name for name, *_ in REPORT))
    assert all(f"| `{name}` |" in found["campaigns.md"] for name in told)


def test_every_table_has_as_many_cells_in_each_row():
    for name, text in pages().items():
        counts = [line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("|")]
        heads = [line.count("|") for line in text.splitlines() if line.startswith("| ---")]
        assert counts and set(counts) == set(heads), name
