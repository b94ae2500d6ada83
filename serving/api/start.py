"""Starts the BentoML service, after a look at whether it would have anything to serve."""

import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from features.config import Config
from features.errors import BadInput
from serving.batch.snapshot import latest
from training.tracking import champion

ROOT = Path(__file__).parents[2]


def start(config: Config, host: str, port: int) -> NoReturn:
    """Become the server. What is missing is told here, once: a worker would trace back and be started again, for ever.

    Raises BadInput where there is no champion or no snapshot yet, or the address cannot be listened on.
    """
    if champion(config) is None:
        raise BadInput(f"{config.file}: no champion in the registry yet; run 'holdfast train --config {config.file}'")
    latest(config.store_path)
    _listen(host, port)
    os.environ |= {"HOLDFAST_CONFIG": str(config.file), "BENTOML_DO_NOT_TRACK": "True"}
    address = ["--host", host, "--port", str(port)]
    # The code's root: from another folder with a features/ of its own, the worker would import that one.
    service = ["serve", "serving.api.service:Holdfast", "--working-dir", str(ROOT), *address]
    os.execv(sys.executable, [sys.executable, "-m", "bentoml", *service])


def _listen(host: str, port: int) -> None:
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        cause = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise BadInput(f"{host}:{port} cannot be listened on: {cause}; take another --host or --port") from None
