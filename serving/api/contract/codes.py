"""The codes of the API's errors in one list: the status each comes with, when, and what helps."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """A code of an error: the HTTP status that it comes with, when it comes, and what a caller does then."""

    name: str
    status: int
    meaning: str
    cure: str


LIST = (
    Code("invalid", 400, "the request does not fit its description", "mend what field and row name"),
    Code("bad_request", 400, "the request cannot be read at all", "see /v1/openapi.json for what is wanted"),
    Code("too_deep", 400, "the JSON is nested more than 200 brackets deep", "see /v1/openapi.json for what is wanted"),
    Code("two_lengths", 400, "the body has Content-Length beside Transfer-Encoding", "send one of the two"),
    Code("no_key", 401, "the request has no API key, or two", "send one, as Authorization: Bearer or X-API-Key"),
    Code("wrong_key", 401, "the key is not known", "ask whoever runs the service for one"),
    Code("ended_key", 401, "the key's last day is over", "ask whoever runs the service for another"),
    Code("wrong_scope", 403, "the key may not use this route", "ask for a key of the scope that the message names"),
    Code("wrong_host", 403, "the Host header names no host that is served", "see [api] hosts"),
    Code("no_keys", 403, "no key is configured, and the caller is not on the machine itself", "see [api] keys"),
    Code("foreign", 403, "of pages: another site sent the form", "send it from the service's own page"),
    Code("not_found", 404, "there is no such path", "see /v1/openapi.json for those that there are"),
    Code(
        "unknown_user", 404, "the user is in no snapshot or run", "wait for the next one, or POST rows to /v1/predict"
    ),
    Code("unknown_snapshot", 404, "no finished snapshot has that name", "see 'holdfast snapshots list'"),
    Code("unknown_run", 404, "no finished campaign run has that name", "see /v1/campaigns"),
    Code("unknown_layer", 404, "no layer has a group of that name", "see the page of layers"),
    Code("unknown_format", 404, "a list of the pages has no file of that kind", "csv, jsonl or parquet"),
    Code("unknown_board", 404, "no board has that name", "see /v1/boards"),
    Code("board_missing", 404, "the board could not be made of what there is", "the message says what it lacks"),
    Code("no_snapshot_before", 404, "no snapshot is of an earlier date", "name one, or wait for the next"),
    Code("method_not_allowed", 405, "the path does not take this method", "use one that the Allow header names"),
    Code("body_too_slow", 408, "the body did not arrive in time", "send it again, or less of it"),
    Code("too_large", 413, "more bytes or rows than one request may bring", "send fewer users at once"),
    Code("unsupported_media_type", 415, "the body is not JSON, or is encoded", "send Content-Type: application/json"),
    Code("not_form", 415, "of pages: the body is no form, or is encoded", "send it from the service's own page"),
    Code("too_many_requests", 429, "too many requests at once", "try again after the seconds in Retry-After"),
    Code("internal", 500, "the service failed", "tell whoever runs it the request's id, X-Request-ID"),
    Code(
        "no_audit",
        503,
        "of pages: what is looked at cannot be noted",
        "see the service's log; mend the store's rights or space",
    ),
    Code("unavailable", 503, "the service is starting or stopping", "try again after the seconds in Retry-After"),
    Code("no_snapshot", 503, "there is no snapshot yet", "make one with 'holdfast score'"),
    Code("unreadable", 503, "a part of the snapshot or run is damaged", "make it again; the log says which"),
    Code("timeout", 504, "the request took too long, and its work was stopped", "ask for fewer users"),
)
CODES = {one.name: one for one in LIST}
