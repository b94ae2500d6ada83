"""Pages without a menu or anything of a snapshot: signing in, and errors."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from serving.api.pages.catalogue import text
from serving.api.pages.view import PAGES, language_of, remembered


def plain(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of a template that extends plain.html. It knows ``t`` and what is given."""
    language = language_of(request)

    def t(key: str, **values: Any) -> str:
        return text(language, key, **values)

    answer = HTMLResponse(PAGES.get_template(template).render(t=t, lang=language, **context), status)
    remembered(answer, request)
    return answer
