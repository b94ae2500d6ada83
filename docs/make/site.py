"""What MkDocs is told beside its settings: the home page, project pages, notebooks, and the reference pages there are.

The README is the home page, so that both say the same. Notebooks hold no outputs in the repository; they are run here,
two at a time, and shown with what they print and draw. ``HOLDFAST_NOTEBOOKS=no`` shows them as they stand.
"""

import logging
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
PROJECT = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
log = logging.getLogger("mkdocs.hooks.site")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put every reference page into the navigation, so that a generator that adds one need not say so twice."""
    found = sorted(page.name for page in (ROOT / "docs/reference").glob("*.md"))
    for part in config.nav or []:
        if "Reference" in part:
            listed = part["Reference"]
            listed += [page for name in found if (page := f"reference/{name}") not in listed]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand elsewhere in the repository."""
    files.append(File.generated(config, "index.md", content=at_top((ROOT / "README.md").read_text(encoding="utf-8"))))
    for name in PROJECT:
        files.append(File.generated(config, name, content=at_top((ROOT / name).read_text(encoding="utf-8"))))
    books = sorted((ROOT / "notebooks").glob("*.ipynb"))
    with ThreadPoolExecutor(2) as pool:
        for book, (text, pictures) in zip(books, pool.map(shown, books), strict=True):
            files.append(File.generated(config, f"notebooks/{book.stem}.md", content=text))
            for name, content in pictures.items():
                files.append(File.generated(config, f"notebooks/{name}", content=content))
    return files


def on_page_markdown(markdown: str, page: object, **_: object) -> str:
    """Links to what stands outside docs/ lead to its page here."""
    return linked(markdown)


def at_top(markdown: str) -> str:
    """A page of the repository's top folder as one of the site: what it links in docs/ is beside it here."""
    return linked(re.sub(r"\]\(docs/", "](", markdown))


def linked(markdown: str) -> str:
    """Links of the repository turned into links of the site."""
    markdown = re.sub(r"\]\((?:docs/)?((?:\.\./)*)notebooks/(\w+)\.ipynb\)", _to_notebook, markdown)
    markdown = re.sub(r"\]\(\.\./\.\./README\.md\)", "](../index.md)", markdown)
    return re.sub(r"\]\(\.\./\.\./(CHANGELOG|CONTRIBUTING|SECURITY)\.md\)", r"](../\1.md)", markdown)


def _to_notebook(match: re.Match) -> str:
    up = match[1].replace("../", "", 1)  # the site has no docs/ in between
    return f"]({up}notebooks/{match[2]}.md)"


def shown(book: Path) -> tuple[str, dict[str, bytes]]:
    """A notebook as Markdown with its outputs, and its pictures by file name."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(book, as_version=4)
    if os.environ.get("HOLDFAST_NOTEBOOKS") != "no":
        log.info("running %s", book.name)
        NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": ROOT}}).execute()
    parts, pictures = [], {}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for place, output in enumerate(cell.get("outputs", [])):
            data = output.get("data", {})
            if "image/png" in data:
                name = f"{book.stem}-{number}-{place}.png"
                pictures[name] = _bytes(data["image/png"])
                parts.append(f"![Output of the cell above]({name})")
            elif "text/html" in data:
                parts.append(_html("".join(data["text/html"])))
            else:
                text = ANSI.sub("", output.get("text") or data.get("text/plain", ""))
                parts.append(f"```text\n{text.rstrip()}\n```")
    return "\n\n".join(parts) + "\n", pictures


def _bytes(text: str) -> bytes:
    from base64 import b64decode

    return b64decode(text)


def _html(text: str) -> str:
    """A table as the site styles them: no style of its own, and no blank line, at which Markdown would end it."""
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"<table[^>]*>", "<table>", text)  # the theme styles and scrolls a table only if it has no class
    return "\n".join(line for line in text.splitlines() if line.strip())
