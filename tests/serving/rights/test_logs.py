"""Lines that name somebody go; the audit's stay in their place."""

from serving.api.pages import audit
from serving.rights import logs
from serving.rights.people import People


def test_an_id_is_a_word_of_its_own(tmp_path):
    (tmp_path / "jobs").mkdir()
    log = tmp_path / "jobs" / "plan-1.log"
    lines = ["user 17 is odd", "user 170", "a-17", "1.17 s", '{"user": "17"}', "from the hut", "17"]
    log.write_text("\n".join(lines) + "\n")
    assert logs.erase_from_logs(tmp_path, People(("17",), frozenset({"the hut"}))) == 4
    assert log.read_text().split("\n") == ["user 170", "a-17", "1.17 s", ""]


def test_an_audit_keeps_its_bytes_in_their_places(tmp_path):
    file = tmp_path / audit.FILE
    file.parent.mkdir()
    lines = [f'{{"who": "{audit.subject(one)}"}}\n' for one in ("1", "2", "1")]
    file.write_text("".join(lines))
    before = file.stat()
    assert logs.erase_from_audit(tmp_path, People(("1",))) == 2
    assert (file.stat().st_ino, file.stat().st_size) == (before.st_ino, before.st_size)
    gone = f'{{"who": "{logs.GONE}"}}\n'
    assert file.read_text() == gone + lines[1] + gone
