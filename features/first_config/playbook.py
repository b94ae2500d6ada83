"""Appends a first playbook to holdfast.toml: what the tables do not allow is a comment there, with the reason."""

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from features import whole_files
from features.config import Config, load
from features.config.mistakes import one_line
from features.config.open_questions import refusal
from features.config.operations.playbook import Operations
from features.errors import BadInput
from features.first_config.mirror import mirrored
from features.first_config.plays import GROUPS, NEEDS, PLAYS, Block
from features.first_config.sample import take
from features.places import lakes
from features.places.files import find

CHANNELS = {"email": 0.001, "sms": 0.045, "push": 0.0, "wecom": 0.0}  # and what a message costs
# What a column that holds no address and no number is called, by channel: a hash, or another system's id.
IDS = {
    "email": r"(hashed_?)?e?mail_?(sha256|md5|hash|id)",
    "sms": r"(hashed_?)?(phone|mobile|sms)_?(sha256|md5|hash|id)",
    "push": r"(push|device|registration)_?(id|token)",
    "wecom": r"(wecom_?)?(external_?userid|external_?user_?id)",
}
ALLOWS = r"(consent|opt_?in|accepts|allows|agreed)"
POLICY = """
# ---- User operations: who is written to, by what, and how it is proven 用户运营：写给谁、用什么、如何证明有效 ----
# Check every line, and every cost: amounts are in your currency. 请逐行检查；金额以你的货币计。

# One policy for all plays. 所有打法共用一条触达规则。
[contact]
quiet_hours = {{ from = "21:00", to = "09:00" }}   # the user's local time 用户当地时间
max = [{{ messages = 2, days = 7 }}, {{ messages = 4, days = 30 }}]   # over all channels 所有渠道合计
own_usage = {{ share = 0.5, days = 30, least = 1, most = 4 }}   # beside active days 不超过活跃天数的一半
cooldown_days = 30          # until the same play may take a user again 同一打法的冷却期
global_holdout = 0.05       # in no play at all: what all plays together are worth 全局对照组
epoch = "1"                 # change it to draw the holdouts anew 修改后重新抽取对照组
blackout = []               # days without messages 免打扰日期, such as "2026-02-16/2026-02-18"
{consent}"""
NOBODY = """# No column says who consents, so nobody may be written to: {en}.
# 没有同意营销的列，因此谁都不能触达：{zh}。
"""
MAP_IT = "map consent_marketing in [tables.users.columns]", "请在 [tables.users.columns] 中映射 consent_marketing"
ADD_IT = "add [tables.users] with a column consent_marketing", "请添加 [tables.users]，其中有列 consent_marketing"


def append(target: Path) -> list[str]:
    """Append a playbook for the tables of a configuration; returns what became of it, a line each.

    Raises BadInput where the file cannot be read, is wrong, or says something of user operations already.
    """
    try:
        text = target.read_bytes().decode("utf-8-sig")
        data = tomllib.loads(text)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        load(target)  # tells what is wrong
        raise
    if there := [key for key in data if key in Operations.model_fields]:
        raise BadInput(f"{target}: [{there[0]}] is there already; a playbook is written once, so change that one")
    if not refusal(data):
        load(target)
    known = _usual(data)
    columns = _columns(target, known)
    found, left_out = _playbook(known, columns)
    whole_files.write_text(target, text.rstrip("\n") + "\n" + found)
    plays = len(PLAYS) - len([one for one in left_out if one in PLAYS])
    more = f", {len(PLAYS) - plays} more as comments with what they lack" * (plays < len(PLAYS))
    told = [f"{target}: a playbook of {plays} plays{more}"]
    if "consent_marketing" not in columns:
        cure = (MAP_IT if "users" in known["tables"] else ADD_IT)[0]
        told.append(f"{target}: no column says who consents, so nobody may be written to; {cure}")
    return told


def _usual(data: Mapping[str, Any]) -> dict[str, Any]:
    """The file, where questions are open with bare tables, so that rules can be tried on it."""
    if not refusal(data):
        return dict(data)
    tables = {name: {"path": one.get("path", "x")} for name, one in data["tables"].items() if name != "identities"}
    return {key: value for key, value in data.items() if key in ("lifecycle", "layers", "risk")} | {"tables": tables}


def _columns(target: Path, data: Mapping[str, Any]) -> set[str]:
    """The columns of users, by our names where they have one; none where they cannot be looked at."""
    source = data["tables"].get("users")
    if source is None:
        return set()
    given = source.get("columns", {})
    try:
        alone = {"tables": {"orders": {"path": "x"}, "users": source}}
        names = _names(Config.model_validate(alone | {"file": target}))
    except (BadInput, ValidationError, OSError):
        names = ()
    return {*given, *(name for name in names if name not in given.values())}


def _names(config: Config) -> tuple[str, ...]:
    if config.tables["users"].format:
        return tuple(lakes.columns(config, "users", lakes.stamp(config, "users")[1]))
    with mirrored(find(config, "users")[:1]) as (files, _):
        return take(files[0]).names


def _playbook(data: Mapping[str, Any], columns: Collection[str]) -> tuple[str, list[Block]]:
    """The text, and the blocks that are comments in it."""
    en, zh = MAP_IT if "users" in data["tables"] else ADD_IT
    consent = "" if "consent_marketing" in columns else NOBODY.format(en=en, zh=zh)
    policy = POLICY.format(consent=consent)
    text = policy + "".join(_channel(name, columns) for name in CHANNELS)
    if _wrong(data, text):  # columns that cannot be, such as two that differ by case alone
        text = policy + "".join(_channel(name, ()) for name in CHANNELS)
    best = Config.model_validate(data).value.tiers[-1]
    active, left_out = text, []
    for block in (*GROUPS, *PLAYS):
        lines = block.lines.format(best=best)
        reason = _lacks(block, data["tables"], columns) or _wrong(data, active + lines)
        head = "".join(f"# {line}\n" for line in (block.en, block.zh) if line)
        if reason:
            left_out.append(block)
            lines = f"# Left out 未启用: {reason}\n" + "".join(f"# {line}\n" for line in lines.splitlines())
        else:
            active += lines
        text += "\n" + head + lines
    return text, left_out


def _channel(name: str, columns: Collection[str]) -> str:
    """A channel with the columns that are its own; "" for one that only columns suggest, without any."""
    its = r"(app_?push|push|app)" if name == "push" else r"e?mail" if name == "email" else name
    lines = []
    for key, pattern in (
        ("consent", rf"{ALLOWS}_?{its}|{its}_?{ALLOWS}"),
        ("id", IDS[name]),
        ("sender", rf"{name}_owner"),
    ):
        fit = sorted(one for one in columns if re.fullmatch(pattern, one, re.IGNORECASE))
        if fit:
            lines.append(f'{key} = "users.{fit[0]}"\n')
    if name == "wecom" and not any(line.startswith("id") for line in lines):
        return ""
    return f"[contact.channels.{name}]\n{''.join(lines)}cost = {CHANNELS[name]}\n"


def _lacks(block: Block, tables: Collection[str], columns: Collection[str]) -> str:
    there = {
        "points": "points" in tables,
        "birthday": "birthday" in columns,
        "orders": "orders" in tables,
        "others": bool({"users", "events"} & set(tables)),
    }
    return next((NEEDS[need] for need in block.needs if not there[need]), "")


def _wrong(data: Mapping[str, Any], text: str) -> str:
    """Why the file would not be read with these sections, as where it has stages of its own; "" if it would."""
    try:
        Config.model_validate(dict(data) | tomllib.loads(text))
    except ValidationError as error:
        return one_line(error, Config)
    except BadInput as error:
        return str(error)
    return ""
