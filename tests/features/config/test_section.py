"""What holds of every section: unknown keys, other kinds and changes are refused."""

import pytest
from pydantic import ValidationError

from features.config.section import Section, Uri


class Server(Section):
    uri: Uri = "postgresql://here"
    port: int = 1


@pytest.mark.parametrize("given", [{"prot": 2}, {"port": "2"}, {"uri": "postgresql://me:secret@here"}])
def test_what_no_section_takes(given):
    with pytest.raises(ValidationError):
        Server(**given)


def test_sections_never_change():
    with pytest.raises(ValidationError, match="frozen"):
        Server().port = 2
