"""Any table, in whatever notation, encoding and form it is written, reads back equal, or its rows are set aside with
their reason; and every row is told once."""

import bz2
import csv
import gzip
import io
import json
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TOML = '[quality]\nmax_bad_share = 1\n[tables.orders]\nrefunds = "negative"\nrepeats = "keep"\n'
EPOCH = datetime(1970, 1, 1)
TIMES = {
    "%d.%m.%Y %H:%M:%S": None,
    "%m/%d/%Y %I:%M:%S %p": None,
    "%Y%m%d%H%M%S": None,
    "%d-%b-%Y %H:%M:%S": None,
    "%Y年%m月%d日 %H时%M分%S秒": None,
    "epoch_s": lambda at: str((at - EPOCH) // timedelta(seconds=1)),
    "epoch_ms": lambda at: str((at - EPOCH) // timedelta(milliseconds=1)),
    "epoch_us": lambda at: str((at - EPOCH) // timedelta(microseconds=1)),
    "excel": lambda at: repr((at - datetime(1899, 12, 30)) / timedelta(days=1)),
    None: lambda at: at.replace(tzinfo=UTC).isoformat(),
}
SIGNS = [(".", ""), (".", ","), (",", "."), (",", " "), (",", ""), (".", "'")]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030", "utf-16-be"]
FORMS = ["csv", "csv.gz", "csv.bz2", "zip", "jsonl", "jsonl.gz"]
ZEROS = ["", "soon", "1970-01-01", "2027-01-01", "12.5.0"]  # in place of a time or an amount
moments = st.datetimes(datetime(1999, 1, 1), datetime(2026, 5, 30)).map(lambda at: at.replace(microsecond=0))
amounts = st.decimals(-9_999_999, 9_999_999, places=4)
rows = st.lists(
    st.tuples(st.integers(1, 9), moments, amounts, st.sampled_from(["", "网店", 'a "b", c', "x;y"])),
    min_size=1,
    max_size=12,
)
spoilt = st.lists(st.tuples(st.booleans(), st.sampled_from(ZEROS)), max_size=4)


def number(value, point, between, currency):
    """-1234.5 in the notation; between thousands there is a sign, after them a currency."""
    whole, _, decimals = f"{abs(value):f}".partition(".")
    groups = f"{int(whole):,}".replace(",", between)
    text = f"{groups}{point}{decimals}" if decimals else groups
    return ("-" if value < 0 else "") + text + currency


def packed(form, lines, encoding, delimiter):
    header = ["user_id", "time", "amount", "channel"]
    out = io.StringIO()
    if form.startswith("jsonl"):
        for line in lines:
            out.write(json.dumps(dict(zip(header, line, strict=True)), ensure_ascii=False) + "\n")
    else:
        csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([header, *lines])
    content = out.getvalue().encode(encoding)
    if form == "zip":
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("orders.csv", content)
        return held.getvalue()
    return {"gz": gzip.compress, "bz2": bz2.compress}.get(form.rpartition(".")[2], bytes)(content)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=rows,
    spoilt=spoilt,
    form=st.sampled_from(list(TIMES)),
    signs=st.sampled_from(SIGNS),
    currency=st.sampled_from(["", " €", "EUR"]),
    encoding=st.sampled_from(ENCODINGS),
    file=st.sampled_from(FORMS),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
)
def test_any_table_reads_back_equal_or_is_set_aside(
    cleaned, tmp_path, rows, spoilt, form, signs, currency, encoding, file, delimiter
):
    if currency and encoding == "gbk" and "€" in currency:
        encoding = "gb18030"  # GBK has no such sign
    written = TIMES[form] or (lambda at: at.strftime(form))
    lines = [[user, written(at), number(amount, *signs, currency), channel] for user, at, amount, channel in rows]
    bad = [[1, text, "5", ""] if in_time else [1, written(rows[0][1]), text, ""] for in_time, text in spoilt]
    bad = [line for line in bad if line[2] != "1970-01-01" and line[2] != "2027-01-01"]  # neither is an amount
    later = [line for line in bad if line[1] == "2027-01-01"]  # more than half of the rows would be a wrong clock's
    bad = [line for line in bad if line not in later] + later[: len(lines)]
    (tmp_path / f"orders.{file}").write_bytes(packed(file, lines + bad, encoding, delimiter))
    toml = TOML + f'path = "orders.{file}"\nencoding = "{encoding}"\ndelimiter = {json.dumps(delimiter)}\n'
    toml += f'time_format = "{form}"\n' if form else ""
    toml += f'decimal = "{signs[0]}"\n' + (f'thousands = "{signs[1]}"\n' if signs[1] else "")
    toml += f'currency = "{currency.strip()}"\n' if currency else ""
    tables, found = cleaned(toml)
    counts = tables.counts["orders"]
    assert counts.rows == len(lines) + len(bad)
    assert counts.quarantined == len(bad) == sum(counts.reasons.values())
    sums: Counter = Counter()
    for user, at, amount, _ in rows:
        sums[user, at] += amount
    assert {(row["user_id"], row["time"]): row["amount"] for row in found["orders"]} == {
        key: Decimal(value) for key, value in sums.items()
    }
    channels = {row["channel"] for row in found["orders"]}
    assert channels <= {channel or None for *_, channel in rows}
