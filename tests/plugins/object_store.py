"""A stand-in for object storage: moto speaks S3 on a port of this machine, from threads of the tests' process."""

import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pyarrow.fs as pf
import pytest

KEYS = {"AWS_ACCESS_KEY_ID": "AKIATESTED", "AWS_SECRET_ACCESS_KEY": "never-to-be-told"}


@pytest.fixture(scope="session")
def _moto(needs) -> Iterator[str]:
    needs("moto")
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def s3(_moto, monkeypatch, tmp_path_factory):
    """An empty bucket: uri ("s3://…"), put(file or bytes, key), drop(key), fs (a client that may write), endpoint. The
    environment says how it is reached, and nothing else does."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": _moto, "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path_factory.getbasetemp() / "none"))
    fs = pf.S3FileSystem(endpoint_override=_moto, region="us-east-1", allow_bucket_creation=True)
    bucket = f"shop-{tmp_path_factory.mktemp('b').name}".replace("_", "-")
    fs.create_dir(bucket)

    def put(what: Path | bytes, key: str) -> str:
        with fs.open_output_stream(f"{bucket}/{key}", compression=None) as out:
            out.write(what if isinstance(what, bytes) else what.read_bytes())
        return f"s3://{bucket}/{key}"

    return SimpleNamespace(
        uri=f"s3://{bucket}", bucket=bucket, fs=fs, put=put, endpoint=_moto,
        drop=lambda key: fs.delete_file(f"{bucket}/{key}"),
    )  # fmt: skip
