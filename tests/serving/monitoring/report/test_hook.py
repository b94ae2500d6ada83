"""serving/monitoring/report/hook.py."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from features.errors import BadInput
from serving.monitoring.report.hook import TRIES, alarm, send

TOLD = {"verdict": "stop", "advice": {"en": "a", "zh": "b"}, "now": "n", "run": "r", "as_of": "d", "model": "m"}
TOLD |= {"findings": [{"level": "stop", "said": {"en": "x", "zh": "y"}}], "inputs": [{"feature": "secret"}]}


@pytest.fixture
def server():
    """A server that refuses a number of requests before it takes one: (its URL, what came)."""
    came: list[dict] = []

    class Answer(BaseHTTPRequestHandler):
        refused = 1

        def do_POST(self):
            came.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(503 if len(came) <= self.refused else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    one = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=one.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{one.server_port}/hook?token=hidden", came, Answer
    one.shutdown()
    one.server_close()


def test_an_alarm_holds_the_verdict_and_its_reasons_alone():
    assert alarm(TOLD).keys() == TOLD.keys() - {"inputs"}


def test_a_url_is_tried_again_until_it_answers(server):
    url, came, _ = server
    send(url, TOLD, wait=0)
    assert came == [alarm(TOLD)] * 2


def test_tries_are_bounded_and_no_secret_is_shown(server):
    url, came, answer = server
    answer.refused = 99
    with pytest.raises(BadInput, match="answered 503") as error:
        send(url, TOLD, wait=0)
    assert len(came) == TRIES
    assert "hidden" not in str(error.value)


def test_a_command_gets_the_alarm_on_its_input(tmp_path):
    file = tmp_path / "alarm.json"
    code = f"import sys; open('{file}', 'w').write(sys.stdin.read())"
    send(f'{sys.executable} -c "{code}"', TOLD, wait=0)
    assert json.loads(file.read_text()) == alarm(TOLD)


@pytest.mark.parametrize("hook", ["no-such-program", f"{sys.executable} -c 'raise SystemExit(3)'", "'unclosed", ""])
def test_a_command_that_fails_is_told(hook):
    with pytest.raises(BadInput, match="tries failed"):
        send(hook, TOLD, wait=0)
