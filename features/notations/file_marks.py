"""What a file is by its first bytes, where these and its name differ; said in words that name the cure."""

import re
from collections.abc import Sequence
from pathlib import Path

HEAD = 4096  # bytes looked at
TEXT = "text"
# What a file begins with → what that is, and how to name it or what to do.
MARKS = {
    b"\x1f\x8b": ("gzip", "name it .gz (orders.csv.gz)"),
    b"BZh": ("bzip2", "name it .bz2 (orders.csv.bz2)"),
    b"\x28\xb5\x2f\xfd": ("Zstandard", "name it .zst (orders.csv.zst)"),
    b"PK\x03\x04": ("ZIP", "name it .xlsx if it is a workbook, or .zip"),
    b"PAR1": ("Parquet", "name it .parquet"),
    b"ARROW1": ("Arrow", "name it .arrow"),
    b"\xd0\xcf\x11\xe0": ("old or locked Excel", "save it as .xlsx without a password, or as CSV"),
    b"SQLite format 3": ("SQLite", "give its table as CSV or Parquet"),
    b"%PDF": ("PDF", "export the table as CSV"),
    b"\x89PNG": ("PNG", "export the table as CSV"),
}
PAGES = (b"<!doctype html", b"<html", b"<?xml")
BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# No text has these: control characters other than tab, line ends, form feed, and those that some exports separate with.
CONTROLS = bytes(set(range(32)) - {1, 9, 10, 12, 13, 27, 28, 29, 30, 31})
CLAIMS = {
    "gz": "gzip",
    "bz2": "bzip2",
    "zst": "Zstandard",
    "zip": "ZIP",
    "Excel": "ZIP",
    "CSV": TEXT,
    "JSON lines": TEXT,
}
NO_TEXT = (
    "cannot be read: it is no UTF-8 text; give it as CSV or Parquet, or say how it is written: "
    'encoding = "utf-16", "gbk", "cp1252"'
)
NO_HEADER = "has no header: its first line is a row; put a line with the columns' names above it"
VALUE = re.compile(r"[+-]?\d+([.,]\d+)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T][\d:.]+\S*)?")


def is_row(header: Sequence[str]) -> bool:
    """Whether half or more of a header's cells are numbers or dates, as no names of columns are."""
    return sum(bool(VALUE.fullmatch(one.strip())) for one in header) * 2 >= max(len(header), 1)


def mismatch(file: str, claim: str) -> str:
    """What is wrong, in words that follow the file's name; empty where it begins as its name says.

    claim: a packing without its dot, or a form. Shows nothing of the file.
    """
    with Path(file).open("rb") as stream:
        head = stream.read(HEAD)
    claimed = TEXT if claim == "JSON lines" else CLAIMS.get(claim, claim)
    found, cure = next((what for mark, what in MARKS.items() if head.startswith(mark)), (TEXT, ""))
    if not head or found == claimed != TEXT:
        return ""
    if found != TEXT:
        return f"is {found} by its content, whatever its name says; {cure}"
    if claimed != TEXT:
        known = claimed == "Arrow" or not _is_text(head)  # streams of Arrow have no mark, and damage may have any
        return "" if known else f"is no {claimed} file but text; name it .csv, or export it again"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGES):
        return "is a web page or XML and no table; export the table as CSV (a download may have asked for a login)"
    return "" if _is_text(head) else NO_TEXT


def all_empty(files: Sequence[str]) -> bool:
    """Whether none of the files holds anything but white space."""
    return all(Path(file).stat().st_size <= HEAD and not Path(file).read_bytes().strip() for file in files)


def _is_text(head: bytes) -> bool:
    """Whether at most one byte in fifty is one that no text has; one stray byte makes no other file of it."""
    return head.startswith(BOMS) or len(head) - len(head.translate(None, CONTROLS)) <= len(head) / 50
