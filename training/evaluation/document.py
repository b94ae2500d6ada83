"""A document of headings, words, tables and pictures, as Markdown and as one HTML file that needs no network."""

import base64
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from features import whole_files

TEMPLATE = Path(__file__).with_name("document.html")


@dataclass(frozen=True)
class Table:
    """Headings and rows of text; the first column names the row, the others are set to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Code:
    """Commands or other text to be copied as it stands."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A PNG file and what it shows."""

    name: str
    file: Path

    @property
    def uri(self) -> str:
        """The picture itself as an address, so that the page stands alone."""
        return "data:image/png;base64," + base64.b64encode(self.file.read_bytes()).decode()


Block = str | Table | Code | Picture


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it; a text is a paragraph."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """Title, a line under it, the figures to be seen first (label, value, remark), and the sections."""

    title: str
    line: str
    figures: tuple[tuple[str, str, str], ...]
    sections: tuple[Section, ...]


def markdown(document: Document) -> str:
    """The document in Markdown; pictures by name only, for they are beside it."""
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
            return f"```sh\n{text}\n```"
        case Picture(name, file):
            return f"Picture: {_plain(name)} ({file.name})"
        case _:
            return _plain(block)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in cells) + " |"


def _plain(text: str) -> str:
    """On one line, and no HTML: Markdown lets it through, and names come from people's data."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")


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
