"""A real `holdfast serve` to ask over HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PATIENCE = 60


class Server:
    """A running service: ask() it, and look at its process and its log."""

    def __init__(self, process, port, log):
        self.process, self.port, self.log = process, port, log
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, path, body=None):
        """(status, answer): POST of a body, text as it is and else as JSON, or GET without one."""
        data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, _read(answer)
        except urllib.error.HTTPError as error:
            return error.code, _read(error)


def _read(answer):
    text = answer.read().decode()
    return json.loads(text) if text.startswith(("{", "[")) else text


@pytest.fixture(scope="module")
def server(base, tmp_path_factory):
    """Started through the command line, from a folder that has a features/ of its own."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "features").mkdir()
    (folder / "features" / "__init__.py").write_text("raise RuntimeError('this is somebody else’s')")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, ROOT / "holdfast.py", "serve", "--port", port, "--config", base.config.file]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    found = Server(process, port, folder / "log")
    try:
        _wait(found)
        yield found
    finally:
        _stop(process)


def _wait(server):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.process.poll() is None:
        try:
            if server.ask("/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server was not ready after {PATIENCE} s; its log:\n{server.log.read_text()}", pytrace=False)


def _stop(process):
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its own session: nobody else is in it
        process.wait(15)
