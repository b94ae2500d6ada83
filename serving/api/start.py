"""Starts the BentoML service, after checking that there is something to serve."""

import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from features.config import Config
from features.errors import BadInput
from serving.api.guard.keys import keys
from serving.api.reload.model_cache import last
from serving.api.sign_in.oidc import check_installed
from serving.api.workers import threads
from serving.batch.snapshot import latest
from training.tracking import champion
from training.tracking.no_champion import no_champion

ROOT = Path(__file__).parents[2]


def start(config: Config, host: str, port: int) -> NoReturn:
    """Become the server. Checks here, once, that nothing is missing: a worker would fail and be restarted for ever.

    Raises BadInput where there is no champion or no snapshot yet, where the address cannot be listened on, or where it
    is not the loopback and no API key is configured.
    """
    address = _address(host, port)
    if not keys(config.api) and not ipaddress.ip_address(address).is_loopback:
        raise BadInput(
            f"--host {host}: without API keys only this machine may ask; make one with 'holdfast serve --new-key NAME' "
            "and put its hash into [api] keys, or listen on 127.0.0.1"
        )
    threads(config.api)
    check_installed(config.api.oidc)
    _model(config)
    latest(config.store_path)
    _listen(address, port)
    host = f"[{address}]" if ":" in address else address
    print(f"pages: http://{host}:{port}/ui  # the API stands beside them, under /v1", flush=True)
    os.environ |= {"HOLDFAST_CONFIG": str(config.file), "BENTOML_DO_NOT_TRACK": "True"}
    # The workers add up their metrics in files there; two servers that share the folder would mix theirs.
    os.environ.setdefault("BENTOML_HOME", str(config.store_path / "serving" / f"bentoml-{port}"))
    # A stop waits for running requests to end, but no longer than a request may take.
    listen = ["--host", address, "--port", str(port), "--timeout-graceful-shutdown", str(int(config.api.seconds) + 5)]
    # The code's root: in a folder that has a features/ of its own, the worker would import that one.
    service = ["serve", "serving.api.service:Holdfast", "--working-dir", str(ROOT), *listen]
    os.execv(sys.executable, [sys.executable, "-m", "bentoml", *service])


def _model(config: Config) -> None:
    """Raises BadInput where the registry gives no champion and none was served from here before."""
    known = last(config.store_path) is not None
    try:
        if champion(config) is None and not known:
            raise no_champion(config)
    except BadInput:
        if not known:
            raise


def _address(host: str, port: int) -> str:
    """The IP address of a host; BentoML takes no names."""
    try:
        return str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise _unusable(host, port, error) from None


def _listen(address: str, port: int) -> None:
    try:
        with socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET):
            pass
    except OSError as error:
        raise _unusable(address, port, error) from None


def _unusable(host: str, port: int, error: OSError) -> BadInput:
    cause = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    return BadInput(f"{host}:{port} cannot be listened on: {cause}; take another --host or --port")
