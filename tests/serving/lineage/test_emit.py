"""Events are told as a run begins and ends, to a file or an address, and never fail the run."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from serving.lineage.emit import lineage


@pytest.fixture
def telling(base, monkeypatch):
    """telling(url): the base, telling its runs there."""
    monkeypatch.delenv("OPENLINEAGE_URL", raising=False)

    def make(url):
        update = {"openlineage": base.config.openlineage.model_copy(update={"url": str(url)})}
        return type(base)(base.config.model_copy(update=update), base.con, base.tables)

    return make


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_run_within_a_run_names_it_and_both_begin_and_end(telling, tmp_path, wrong):
    file = tmp_path / "told" / "events.jsonl"
    shop = telling(file)
    with lineage(shop, "run"), lineage(shop, "score") as inner:
        inner.add("snapshots", "2026-01-01-abc", 7)
    told = lines(file)
    assert [(one["job"]["name"], one["eventType"]) for one in told] == [
        ("run", "START"),
        ("score", "START"),
        ("score", "COMPLETE"),
        ("run", "COMPLETE"),
    ]
    assert told[1]["run"]["facets"]["parent"]["run"]["runId"] == told[0]["run"]["runId"] == told[3]["run"]["runId"]
    assert told[2]["outputs"][0]["name"] == "snapshots" and sum(map(len, map(wrong, told))) == 0


def test_a_failure_is_told_by_its_kind_alone_and_goes_on(telling, tmp_path):
    file = tmp_path / "events.jsonl"
    with pytest.raises(ValueError, match="user 4711"), lineage(telling(file), "score"):
        raise ValueError("user 4711 is odd")
    with lineage(telling(file), "run") as outer:
        outer.failed = "score"
    said = [one["run"]["facets"]["errorMessage"]["message"] for one in lines(file) if one["eventType"] == "FAIL"]
    assert said == ["ValueError", "score"] and "4711 is odd" not in file.read_text()  # an id of a run may hold 4711


def test_an_address_gets_them_with_the_key_and_one_that_is_down_fails_nothing(telling, monkeypatch, caplog):
    got = []

    class Catalogue(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((self.path, self.headers["authorization"], json.loads(body)["eventType"]))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Catalogue)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    shop = telling("")
    monkeypatch.setenv("OPENLINEAGE_URL", url)
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "s3cret")
    with lineage(shop, "train"):
        pass
    server.shutdown()
    server.server_close()
    assert got == [("/api/v1/lineage", "Bearer s3cret", kind) for kind in ("START", "COMPLETE")]
    with lineage(shop, "train"):
        pass
    assert "the event START of train was not told: ConnectError" in caplog.text and "s3cret" not in caplog.text


def test_without_an_address_nothing_is_told(telling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with lineage(telling(""), "score") as quiet:
        quiet.add("snapshots", "x")
    assert list(tmp_path.iterdir()) == []
