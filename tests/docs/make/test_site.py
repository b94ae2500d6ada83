"""The site builds without a warning, holds every page, and asks for nothing from elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def site(needs, tmp_path_factory):
    """The folder of the site; notebooks are not run for it."""
    needs("mkdocs")
    folder = tmp_path_factory.mktemp("site")
    env = os.environ | {"HOLDFAST_NOTEBOOKS": "no", "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


@pytest.fixture(scope="module")
def hook(needs, made):
    needs("mkdocs")
    return made("site")


def test_every_page_and_notebook_is_there(site):
    pages = [page.relative_to(ROOT / "docs").with_suffix(".html") for page in (ROOT / "docs").rglob("*.md")]
    books = [Path("notebooks") / f"{book.stem}.html" for book in (ROOT / "notebooks").glob("*.ipynb")]
    assert books and [page for page in (*pages, *books, Path("index.html")) if not (site / page).exists()] == []


def test_every_reference_page_is_in_the_navigation(site):
    home = (site / "index.html").read_text(encoding="utf-8")
    assert [page for page in (ROOT / "docs/reference").glob("*.md") if f"reference/{page.stem}.html" not in home] == []


def test_no_page_loads_anything_from_elsewhere(site):
    tag = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=[\"']?(?:https?:)?//[^>]*>")
    html = "".join(page.read_text(encoding="utf-8") for page in site.rglob("*.html"))
    css = "".join(sheet.read_text(encoding="utf-8") for sheet in site.rglob("*.css"))
    assert "<script" in html and tag.findall(html) == []
    assert re.findall(r"url\([\"']?(?:https?:)?//[^)]*\)|@import[^;]*", css) == []


LINKS = {
    "[x](../../notebooks/first_look.ipynb)": "[x](../notebooks/first_look.md)",
    "[x](notebooks/first_look.ipynb)": "[x](notebooks/first_look.md)",
    "[x](../../CONTRIBUTING.md)": "[x](../CONTRIBUTING.md)",
    "[x](../../README.md)": "[x](../index.md)",
    "[x](churn.md)": "[x](churn.md)",
}


@pytest.mark.parametrize("given, expected", LINKS.items())
def test_links_of_the_repository_become_links_of_the_site(hook, given, expected):
    assert hook.linked(given) == expected


def test_links_of_top_pages_lose_the_folder_of_the_pages(hook):
    text = "[x](docs/how-to/serve.md) ![y](docs/images/a.png) [z](CONTRIBUTING.md)"
    assert hook.at_top(text) == "[x](how-to/serve.md) ![y](images/a.png) [z](CONTRIBUTING.md)"


def test_a_notebook_is_run_and_shown_with_text_tables_and_pictures(hook, tmp_path, monkeypatch):
    monkeypatch.delenv("HOLDFAST_NOTEBOOKS", raising=False)
    code = (
        "print('said')",
        "import pandas as pd\npd.DataFrame({'a': [41 + 1]})",
        "%matplotlib inline\nfrom matplotlib.figure import Figure\nfigure = Figure()\nfigure.subplots()\nfigure",
    )
    cells = [nbformat.v4.new_markdown_cell("# Title"), *map(nbformat.v4.new_code_cell, code)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "book.ipynb")
    text, pictures = hook.shown(tmp_path / "book.ipynb")
    assert text.startswith("# Title\n\n```python\nprint('said')\n```\n\n```text\nsaid\n```")
    assert "<td>42</td>" in text and "<style" not in text
    (name,) = pictures
    assert f"({name})" in text and pictures[name].startswith(b"\x89PNG")


def test_a_notebook_that_fails_fails_the_site(hook, tmp_path, monkeypatch):
    # .ci/run leaves the notebooks to the site: this is where one that is broken is found.
    monkeypatch.delenv("HOLDFAST_NOTEBOOKS", raising=False)
    cells = [nbformat.v4.new_code_cell("print('fine')"), nbformat.v4.new_code_cell("assert False, 'no longer so'")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "book.ipynb")
    with pytest.raises(CellExecutionError, match="no longer so"):
        hook.shown(tmp_path / "book.ipynb")


def test_no_page_loses_words_in_brackets_as_if_they_were_tags():
    pages = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    bare = {page.name: re.findall(r"<[a-z_]+>", _without_code(page.read_text(encoding="utf-8"))) for page in pages}
    assert {name: words for name, words in bare.items() if words} == {}


def _without_code(markdown):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"```.*?```", "", markdown, flags=re.DOTALL))
