"""The reference page of the command line, from the verbs themselves: arguments, options, defaults, help."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from features.reference import NOTE

KINDS = {int: "whole number", float: "number", str: "text", Path: "path", list[str]: "texts", list[Path]: "paths"}
INTRO = """\
Every verb exits 0 on success, 1 on a failed gate or check, 2 on bad usage or bad input, and 130 when somebody stops it.
Whatever goes wrong is one line on stderr. `--help` behind any verb prints what stands here.
"""


def verbs(app: typer.Typer) -> dict[str, Any]:
    """Every verb by its full name, such as ``models list``, as a click command."""
    return dict(_walk("", typer.main.get_command(app)))


def page(app: typer.Typer) -> str:
    """The page, as Markdown."""
    lines = [NOTE, "# Verbs\n", INTRO]
    for name, command in verbs(app).items():
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        usage = " ".join(["holdfast", name, *(_argument(one) for one in arguments), "[OPTIONS]"])
        lines += [f"\n## {name}\n", f"{command.help}\n", f"`{usage}`\n"]
        lines += ["| argument or option | meaning | kind | default |", "|---|---|---|---|"]
        lines += [_row(one) for one in command.params]
    return "\n".join(lines) + "\n"


def options(command: Any) -> set[str]:
    """The options that a verb takes, such as ``--config``."""
    return {text for one in command.params for text in (*one.opts, *one.secondary_opts) if text.startswith("-")}


def _walk(prefix: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _walk(f"{prefix} {name}".strip(), inner)
    else:
        yield prefix, command


def _argument(one: Any) -> str:
    text = one.name.upper() + ("…" if one.nargs == -1 else "")
    return text if one.required else f"[{text}]"


def _row(one: Any) -> str:
    option = one.param_type_name == "option"
    name = ", ".join(f"`{text}`" for text in (*one.opts, *one.secondary_opts)) if option else f"`{_argument(one)}`"
    return f"| {name} | {one.help or ''} | {_kind(one)} | {_default(one)} |"


def _kind(one: Any) -> str:
    if getattr(one, "is_flag", False):
        return "switch"
    found, low, high = KINDS[one.type_descriptor.annotation], one.min, one.max
    if low is not None:
        found += f", {low} to {high}" if high is not None else f", at least {low}"
    return found


def _default(one: Any) -> str:
    if one.required:
        return "needed"
    if one.default is None or one.default == [] or getattr(one, "is_flag", False):
        return ""
    return f"`{one.default.as_posix() if isinstance(one.default, Path) else one.default}`"
