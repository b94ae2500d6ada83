"""A document of headings, words, tables and pictures, as Markdown and as one HTML file that needs no network."""

import base64
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from features import whole_files

# Marks: anywhere; a _ not within a word; of a link that is found in plain text its : or .; what begins a block.
MARK = re.compile(
    r"[&<>`*\[\]|~\\!]|(?<!\w)_|_(?!\w)|:(?=//)|(?<=\bwww)\.|^[#=]|^[+-](?=[\s+-]|$)|"
    + "|".join(rf"(?<=^\d{{{digits}}})[.)](?=\s|$)" for digits in range(1, 10)),
    re.IGNORECASE,
)
NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
TEMPLATE = Path(__file__).with_name("document.html")


@dataclass(frozen=True)
class Table:
    """Headings and rows of text; the first column names the row, the others are right-aligned."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Code:
    """Commands or other text to copy as it is."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A PNG file and what it shows."""

    name: str
    file: Path

    @property
    def uri(self) -> str:
        """The picture as a data: address, so that the page needs no other file."""
        return "data:image/png;base64," + base64.b64encode(self.file.read_bytes()).decode()


Block = str | Table | Code | Picture


@dataclass(frozen=True)
class Section:
    """A heading and the blocks under it; a text is a paragraph."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """Title, a line under it, the main figures (label, value, remark), and the sections. language: of its words, as
    HTML names it."""

    title: str
    line: str
    figures: tuple[tuple[str, str, str], ...]
    sections: tuple[Section, ...]
    language: str = "en"


def markdown(document: Document) -> str:
    """The document in Markdown; pictures by name only, since the files lie beside it."""
    lines = [f"# {_plain(document.title)}", "", _plain(document.line), ""]
    lines += [f"- **{_plain(label)}**: {_plain(value)} ({_plain(note)})" for label, value, note in document.figures]
    for section in document.sections:
        lines += ["", f"## {_plain(section.title)}"]
        for block in section.blocks:
            lines += ["", _block(block)]
    return "\n".join(lines) + "\n"


def _block(block: Block) -> str:
    match block:
        case Table(columns, rows):
            rule = "|---" + "|---:" * (len(columns) - 1) + "|"
            return "\n".join([_row(columns), rule, *map(_row, rows)])
        case Code(text):
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
            return f"{fence}sh\n{text}\n{fence}"
        case Picture(name, file):
            return f"Picture: {_plain(name)} ({_plain(file.name)})"
        case _:
            return _plain(block)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _plain(text: str) -> str:
    """On one line and nothing but words, whatever stands in it: names come from people's data.

    What Markdown or HTML could take for a mark becomes a reference, which is never one.
    """
    line = " ".join("".join(one for one in text if one.isprintable() or one.isspace()).split())
    return MARK.sub(lambda match: NAMED.get(match[0], f"&#{ord(match[0])};"), line)


def html(document: Document) -> str:
    """The document as one HTML page: style and pictures inside, all text escaped."""
    kinds = {Table: "table", Code: "code", Picture: "picture"}
    sections = [
        (one.title, [(kinds.get(type(block), "text"), block) for block in one.blocks]) for one in document.sections
    ]
    return str(_template().render(document=document, sections=sections))


@cache
def _template():
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined).from_string(TEMPLATE.read_text(encoding="utf-8"))


def write(document: Document, folder: Path, name: str) -> list[Path]:
    """Write name.md and name.html, each whole or not at all; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for ending, text in (("md", markdown(document)), ("html", html(document))):
        file = folder / f"{name}.{ending}"
        whole_files.write_text(file, text)
        found.append(file)
    return found
