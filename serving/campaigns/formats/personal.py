"""Keeps what is personal out of lists: e-mail addresses, phone numbers and names of people, by column and by value.

What is sure of its kind (an address, a number with its + or in the groups that people write) is refused where it is
found once. What an id may look like as well (eleven digits) is refused where most of those that could are. Users'
whole numbers are ids, but for columns that hold phone numbers all through. No error quotes a value.
"""

import re
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from features.errors import BadInput
from serving.campaigns.formats.target import Target

CURE = "a list holds ids and codes only: give the platform's id, or a sha256 hash of it"
IDS = ("user_id", "id", "sender")
_WORDS = re.compile(
    "e?mails?|phones?|mobiles?|tel|telephone|cellphone|msisdn|fax|address|street|passport|ssn"
    "|(first|last|full|nick|user|real)name|surname"
)
_THINGS = re.compile(  # a name of these is nobody's
    "play|campaign|channel|offer|product|item|list|segment|tag|level|layer|stage|event|template|content|file|column|board"
    "|goal|category|brand|shop|store|group|theme|tier"
)
_CHINESE = re.compile("邮箱|邮件|手机|电话|姓名|名字|昵称|地址|住址|身份证|微信号|联系方式")
_HASHED = re.compile(r"sha\d*|md5|hash(ed)?|哈希|散列|加密", re.IGNORECASE)

# In RE2: no look around, so edges are part of the pattern. A hyphen is no edge: pieces of UUIDs look like numbers.
_EDGE, _END = r"(?:^|[^0-9A-Za-z.-])", r"(?:$|[^0-9A-Za-z-])"
ADDRESS = r"""[^\s@,;<>()"']+(?:@|%40)[^\s@,;<>()"']+\.[^\s@.,;<>()"']{2,}"""
PHONE = "|".join(
    (
        r"(?:^|[\s(:;,、。\p{Han}])\+ ?[1-9](?:[ .()/-]{0,3}[0-9]){6,14}(?:$|[^0-9A-Za-z+/_-])",  # E.164
        _EDGE + r"(?:(?:0086|86)[ -]?)?1[3-9][0-9](?:[ -][0-9]{4}){2}" + _END,
        _EDGE + r"(?:\([2-9][0-9]{2}\)[ .-]?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}" + _END,  # North America
        _EDGE + r"\(?0[1-9][0-9]{1,4}\)?[ /-][0-9]{5,8}" + _END,
        _EDGE + r"\(?0[1-9][0-9]{0,4}\)?[ -][0-9]{3,4}[ -][0-9]{3,4}" + _END,
        _EDGE + r"0[1-9](?:[ .-][0-9]{2}){4}" + _END,
        r"(?:^|[^0-9A-Za-z.,]|[^0-9][.,])(?:0086|86)?1[3-9][0-9]{9}[.,]?(?:[^0-9A-Za-z]|$)",  # mainland China
    )
)
_DIGITS = r"^[0-9]+$"
_MOBILE, _AS_LONG = r"^(?:0086|86)?1[3-9][0-9]{9}$", r"^(?:0086|86)?[0-9]{11}$"
_PERHAPS = r"^0[1-9][0-9]{8,10}$|^[0-9(][0-9()]*(?: [0-9()]+)+$"  # cards of a branch have the first form too
_LETTERS = r"[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}·・ー ]"
_WORD = r"\p{L}[\p{L}\p{M}'’.-]*"  # marks: Arrow's NFKC takes letters and accents apart
NAME = rf"^{_LETTERS}{_LETTERS}+$|^{_WORD}(?:(?:, ?| ){_WORD})+$"  # counted, RE2 would take ten times as long
_FEW = 20  # whole numbers say nothing of their kind below so many


def check(rows: pa.Table, what: Target) -> None:
    """Refuse a list that looks personal. rows: as ``cells.plain`` gives them."""
    _values("channel, play and content of the list", pa.array([what.channel, what.play, what.content]), False)
    for name in rows.column_names:
        column = rows[name]
        if looks_personal(name, column.type):
            raise BadInput(f"column '{name}': looks personal by its name; {CURE} as {name}_sha256, or leave it out")
        if kinds.is_list(column.type):
            column = pc.list_flatten(column)
        if kinds.is_string(column.type):
            _values(f"column '{name}'", pc.unique(column.drop_null()), name in IDS)
        elif kinds.is_integer(column.type) and name in IDS:
            _whole_numbers(name, pc.unique(column.drop_null()))


def looks_personal(name: str, kind: pa.DataType | None = None) -> bool:
    """Whether a column's name says that it holds an address, a number or a name, and not a hash of it.

    Counts are named by features such as ``email_opens_30d``: of numbers only the last word says what they are.
    """
    if _HASHED.search(name) or (kind is not None and (kinds.is_boolean(kind) or kinds.is_floating(kind))):
        return False
    if _CHINESE.search(name):
        return True
    words = re.findall(r"[a-z]+|[0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    if kind is not None and kinds.is_integer(kind):
        words = words[-1:]
    if "name" in words or "names" in words:
        return not any(map(_THINGS.fullmatch, words))
    joined = ("".join(pair) for pair in pairwise(words))  # e_mail, cell_phone
    return any(map(_WORDS.fullmatch, (*words, *joined)))


def _values(where: str, values: pa.Array, ids: bool) -> None:
    """values: text, each once. ids: whether each is to be an id, and nothing but an id."""
    values = pc.utf8_normalize(values, "NFKC")  # full-width digits and signs
    if ids:
        values = pc.utf8_trim_whitespace(values)
        digits = pc.match_substring_regex(values, _DIGITS)
        _mostly(where, values.filter(digits), _MOBILE, _AS_LONG)
        if where != "column 'user_id'":
            _mostly(where, values, _PERHAPS, "")
        _none(where, values, NAME, "a person's name")
        values = values.filter(pc.invert(digits))
    _none(where, values, ADDRESS, "an e-mail address")
    _none(where, values, PHONE, "a phone number")


def _none(where: str, values: pa.Array, pattern: str, what: str) -> None:
    found = _count(values, pattern)
    if found:
        raise BadInput(f"{where}: {found} of {len(values)} values look like {what}; {CURE}")


def _mostly(where: str, values: pa.Array, pattern: str, of: str) -> None:
    found = _count(values, pattern)
    if found * 2 > (_count(values, of) if of else len(values)):
        raise BadInput(f"{where}: {found} of {len(values)} values look like a phone number; {CURE}")


def _count(values: pa.Array, pattern: str) -> int:
    return pc.sum(pc.match_substring_regex(values, pattern)).as_py() or 0


def _whole_numbers(name: str, values: pa.Array) -> None:
    """Refuse numbers that are mostly mainland mobile numbers of many networks; counted ids stand close together."""
    if len(values) < _FEW:
        return
    mobile = values.filter(pc.and_(pc.greater_equal(values, 13_000_000_000), pc.less(values, 20_000_000_000)))
    networks = len(pc.unique(pc.divide(mobile, 100_000_000)))
    if len(mobile) * 2 > len(values) and networks >= 5:
        raise BadInput(f"column '{name}': {len(mobile)} of {len(values)} values look like a phone number; {CURE}")
