"""Meta: payloads for users of a custom audience, one file a call (POST or DELETE /AUDIENCE/users).

From developers.facebook.com/docs/marketing-api/reference/custom-audience/users and "Customer File Custom Audiences":
at most 10,000 records a call; ``EMAIL_SHA256`` takes the sha256 of the address without blanks around it, in lower case,
in hex. Audiences whose names suggest somebody's financial status are flagged and cannot be used (from 2 September
2025), so plays named like that are refused.
"""

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import BadInput
from serving.campaigns.formats.json_lines import dumps
from serving.campaigns.formats.target import OUT, Part, Target

MOST = 10_000
_MONEY = re.compile(
    "values?|valuable|money|rich|wealthy?|affluent|poor|incomes?|salary|wages?|earn(er|ers|ing|ings)|credits?|debts?|loans?"
    "|mortgage|bankrupt|spen(d|ds|der|ders|ding)|payers?|prices?|budget|cash|balances?|revenue|profit|ltv|clv|gmv"
    "|financ(e|es|ial)"
)
_MONEY_ZH = re.compile("价值|收入|工资|薪|富|穷|信用|贷|债|余额|消费|钱|金额|资产|财|付费")


def parts(rows: pa.Table, what: Target) -> Iterator[Part]:
    """A payload of every batch of at most 10,000 users; ``part-0001.delete.json`` is for DELETE, others for POST."""
    _name(what.play, what.play)
    for column in ("zh", "en"):
        if column in rows.column_names:
            for name in rows[column].unique().to_pylist():
                _name(name or "", what.play)
    hashes = pc.utf8_lower(rows["id"])
    good = pc.sum(pc.match_substring_regex(hashes, "^[0-9a-f]{64}$")).as_py() or 0
    if good < rows.num_rows:
        raise BadInput(
            f"channel '{what.channel}': {rows.num_rows - good} of {rows.num_rows} ids are not 64 hex digits; Meta "
            "takes the sha256 of the address, trimmed and in lower case"
        )
    size, ending = min(what.batch, MOST), ".delete.json" if what.action == OUT else ".json"
    for at in range(0, rows.num_rows, size):
        some = hashes.slice(at, size).to_pylist()
        yield Part(len(some), (dumps({"payload": {"schema": "EMAIL_SHA256", "data": some}}) + "\n").encode(), ending)


def hints_at_money(name: str) -> bool:
    """Whether a list's name says what somebody has, earns, owes or spends."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return any(map(_MONEY.fullmatch, words)) or _MONEY_ZH.search(name) is not None


def _name(name: str, play: str) -> None:
    if hints_at_money(name):
        raise BadInput(f"play '{play}': its name hints at money, and Meta blocks such audiences; name it otherwise")
