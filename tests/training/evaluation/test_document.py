"""A document says the same in Markdown and HTML, stands alone, and lets nothing through that is not text."""

import html
import re

import pytest

from training.evaluation import document
from training.evaluation.document import Code, Document, Picture, Section, Table

EVIL = '<script>alert("1")</script> | a\nb'


@pytest.fixture
def made(tmp_path):
    (tmp_path / "churn.png").write_bytes(b"PNG bytes")
    blocks = (
        EVIL,
        Table(("model", "AUC"), ((EVIL, "0.7"),)),
        Code("holdfast check"),
        Picture(EVIL, tmp_path / "churn.png"),
    )
    return Document("Card & co", "A line", (("AUC", "0.7", "of 1 < 2"),), (Section("How good", blocks),))


def test_markdown_has_every_block_on_its_lines(made):
    text = document.markdown(made)
    assert text.startswith("# Card &amp; co\n\nA line\n\n- **AUC**: 0.7 (of 1 &lt; 2)\n\n## How good\n")
    evil = '&lt;script&gt;alert("1")&lt;/script&gt;'
    assert f"\n| model | AUC |\n|---|---:|\n| {evil} &#124; a b | 0.7 |\n" in text
    assert "```sh\nholdfast check\n```" in text and "(churn.png)" in text and "<script" not in text


def test_the_page_stands_alone_and_escapes_everything(made):
    page = document.html(made)
    assert "<script" not in page and page.count("&lt;script&gt;") == 4  # text, cell, alt and caption
    assert 'src="data:image/png;base64,UE5HIGJ5dGVz"' in page and "<pre>holdfast check</pre>" in page
    assert re.findall(r"(?:src|href|url)\W+https?:", page) == [] and "default-src 'none'" in page
    assert "<h1>Card &amp; co</h1>" in page


def test_both_are_written_whole_and_nothing_else_is_left(made, tmp_path):
    files = document.write(made, tmp_path / "new", "v1")
    assert [file.name for file in files] == ["v1.md", "v1.html"]
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == ["v1.html", "v1.md"]
    assert files[0].read_text() == document.markdown(made) and files[1].read_text() == document.html(made)


def test_where_it_cannot_be_written_nothing_is_left(made, tmp_path, monkeypatch):
    monkeypatch.setattr(document, "html", lambda _: "\ud800")  # cannot be encoded
    with pytest.raises(UnicodeEncodeError):
        document.write(made, tmp_path / "new", "v1")
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["v1.md"]


HOSTILE = [
    *("[click](javascript:alert(1))", "![x](https://evil.example/x.png)", "<img src=x onerror=alert(1)>", "`code`"),
    *("**bold** _sly_ ~~gone~~", "a | b", "back\\| slash \\[x](y)", "https://evil.example", "www.evil.example"),
    *("# heading", "- item", "+ item", "> quote", "1. item", "10) item", "--- ", "===", "```\n<script>", "a\n\n# b"),
    *(
        "&lt;script&gt;",
        "\u202ereversed",
        "a\rb",
        "a\u2028# b",
        "<!-- hidden",
        "[ref]: https://evil.example",
        "<a@b.c>",
    ),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_a_name_in_markdown(name, tmp_path):
    lines = document.markdown(made_of(name, tmp_path)).split("\n")
    plain = document.markdown(made_of("NAME", tmp_path)).split("\n")
    assert len(lines) == len(plain)  # so no block begins in it
    shown = next(line for line in lines if line).removeprefix("# ")
    assert lines == [line.replace("NAME", shown) for line in plain]  # and it is written alike wherever it stands
    assert not re.search(r"[<>`*\[\]|~\\!]|://|www\.|(?<!\w)_|_(?!\w)", shown) and shown.isprintable()
    assert not re.match(r"[#=]|[+-]([\s+-]|$)|\d+[.)](\s|$)", shown)
    assert html.unescape(shown) == " ".join("".join(one for one in name if one.isprintable() or one.isspace()).split())


def made_of(name, folder):
    """A document with a name wherever one can stand."""
    (folder / "churn.png").write_bytes(b"PNG bytes")
    blocks = (name, Table((name, name), ((name, name),)), Picture(name, folder / "churn.png"))
    return Document(name, name, ((name, name, name),), (Section(name, blocks),))


def test_code_cannot_end_its_own_fence():
    made = Document("", "", (), (Section("", (Code("run ```\n# x ````"),)),))
    assert "`````sh\nrun ```\n# x ````\n`````\n" in document.markdown(made)
