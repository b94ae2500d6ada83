"""Braze: CSV to import under Audience > Import Users, attributes by ``external_id``.

From braze.com/docs, "CSV import" (user_guide/data/unification/user_data/import_users/csv): files of attributes up to
500 MB; the header ``external_id`` names the user; other headers that Braze does not know become custom attributes;
true and false are booleans, ISO 8601 is a time, and a blank value overwrites nothing. Attributes' names and values have
at most 255 characters ("Setting custom attributes", developer_guide/platform_integration_guides/web).
"""

from collections.abc import Iterator

import pyarrow as pa

from serving.campaigns.formats import comma_separated
from serving.campaigns.formats.attributes import attributes, fitting
from serving.campaigns.formats.cells import FORMULA
from serving.campaigns.formats.receivers import FORMULA_ID, and_also, with_id
from serving.campaigns.formats.target import Part, Target

MOST_BYTES = 500_000_000
MOST_CHARACTERS = 255

kept = and_also(with_id, FORMULA_ID, lambda one: not FORMULA.match(one))


def parts(rows: pa.Table, what: Target) -> Iterator[Part]:
    """A file of every batch, and of at most 500 MB."""
    table = attributes(rows, what, "external_id")
    fitting(table, "Braze", MOST_CHARACTERS, MOST_CHARACTERS, "characters")
    yield from comma_separated.files(table, what.batch, MOST_BYTES)
