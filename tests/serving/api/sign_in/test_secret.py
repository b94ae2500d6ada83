"""A store has one secret, whoever asks first, and nobody else may read it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from features.errors import BadInput
from serving.api.sign_in.secret import NAME, secret


def test_workers_that_start_at_once_agree(tmp_path):
    with ThreadPoolExecutor(16) as workers:
        found = set(workers.map(lambda _: secret(tmp_path), range(64)))
    assert len(found) == 1 and len(found.pop()) == 32
    assert [one.name for one in (tmp_path / "serving").iterdir()] == [NAME]


def test_each_store_has_its_own_which_its_owner_alone_may_read(tmp_path):
    assert secret(tmp_path / "a") != secret(tmp_path / "b")
    assert (tmp_path / "a" / "serving" / NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "0" * 63, "g" * 64, "é" * 64])
def test_a_damaged_one_is_named_with_the_cure_and_not_replaced(tmp_path, text):
    secret(tmp_path)
    file = tmp_path / "serving" / NAME
    file.write_text(text)
    with pytest.raises(BadInput, match="pages.secret: damaged; remove it"):
        secret(tmp_path)
    assert file.read_text() == text


def test_where_none_can_be_made_the_file_is_named(tmp_path):
    (tmp_path / "serving").write_text("a file where a folder is due")
    with pytest.raises(BadInput, match="pages.secret: "):
        secret(tmp_path)
