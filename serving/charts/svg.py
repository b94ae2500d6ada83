"""Marks and their attributes as escaped markup, and links that stay on this server."""

import re
from typing import Any

from markupsafe import Markup, escape

HERE = re.compile(r"(?:[?#]|/(?![/\\]))[^\s\x00-\x1f]*")  # browsers read //x and /\x as other hosts, and drop tabs


def tag(mark: str, *inside: object, **attributes: Any) -> Markup:
    """``<mark …>inside</mark>``, all text escaped but Markup. A name's ``_`` becomes ``-``; ``cls`` is ``class``, None
    leaves an attribute out, and floats are written with two decimals at most."""
    written = "".join(
        f' {"class" if name == "cls" else name.replace("_", "-")}="{escape(_text(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{mark}{written}>{join(inside)}</{mark}>")  # by hand: Markup.format takes four times as long


def join(parts: Any) -> Markup:
    return Markup("".join(map(escape, parts)))


def frame(title: str, *inside: object, linked: bool = False, **attributes: Any) -> Markup:
    """A whole picture: an image that says its title, or, where it holds links, a group that does."""
    role = "group" if linked else "img"
    return tag("svg", *inside, role=role, aria_label=title, **attributes)


def told(title: str, *inside: object, href: str | None = None) -> Markup:
    """Marks with words for who points at them; with href a link, which the keyboard reaches, that is called by them.

    Raises ValueError for a href that leads off this server.
    """
    if href is None:
        return tag("g", tag("title", title), *inside)
    return tag("a", tag("title", title), *inside, href=here(href), aria_label=title)


def here(href: str) -> str:
    """The address, where it begins with /, ? or #. Raises ValueError for one of another host or with a scheme."""
    if not HERE.fullmatch(href):
        raise ValueError(f"href {href!r}: leads off this server; begin it with /, ? or #, without spaces")
    return href


def _text(value: object) -> object:
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
