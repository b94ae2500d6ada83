"""Every curl and client example of the documents is answered by a running service."""

import json
import os
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HOST = "http://127.0.0.1:3000"


def requests(text):
    """(url, body, headers) of every curl of a block."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] != ["curl"]:
            continue
        url, body, headers, rest = None, None, {}, iter(words[1:])
        for word in rest:
            match word:
                case "-H":
                    name, _, value = next(rest).partition(": ")
                    headers[name] = value
                case "-d":
                    body = next(rest)
                case _ if word.startswith("http"):
                    url = word
                case _:
                    pytest.fail(f"{word}: say in this test what this option of curl does")
        yield url, body, headers


def test_a_curl_is_answered(curl_block, server, planned):
    asked = list(requests(curl_block))
    assert asked
    for url, body, headers in asked:
        assert url.startswith(HOST)
        headers |= {"Authorization": f"Bearer {server.key}"}
        data = None if body is None else body.encode()
        with urllib.request.urlopen(
            urllib.request.Request(url.replace(HOST, server.url), data, headers), timeout=30
        ) as answer:
            assert answer.status == 200 and answer.headers["Content-Type"].startswith(headers.get("Accept", "appl"))
            found = json.load(answer) if "Accept" not in headers else {}
        users = found.get("users")
        if isinstance(users, list):
            assert [one["user_id"] for one in users] and not any(one.get("bad_rows") for one in users), url


def test_a_client_example_runs(client_block, server, planned):
    code = client_block.replace(f'"{HOST}"', f'"{server.url}", "{server.key}"')
    assert code != client_block
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert ran.returncode == 0 and ran.stdout.strip(), ran.stderr
