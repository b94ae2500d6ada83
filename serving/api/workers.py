"""How many processes and threads serve, and which of BentoML's features are off."""

import os
from typing import Any

from features.config import Api
from features.errors import BadInput

# A worker's environment; variables that are set already keep their values.
WORKER = (
    {"name": "HOLDFAST_CONFIG"},  # required: a Bento would start without it, and fail for ever
    {"name": "OMP_NUM_THREADS", "value": "1"},  # requests side by side share the cores, not the trees of each
    # DuckDB makes thousands of small things for a query. Unless the C library keeps them at hand they lie scattered
    # over the memory after some hundred queries, and /v1/predict takes half as long again. It costs some 0.1 GB.
    {"name": "GLIBC_TUNABLES", "value": "glibc.malloc.tcache_count=4000"},
)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def threads(api: Api) -> int:
    """How many requests a worker works on at once; raises BadInput where all workers together have more than cores."""
    each = api.threads or max(1, cores() // api.workers)
    if api.workers * each > cores():
        raise BadInput(
            f"api: {api.workers} workers of {each} threads are more than the {cores()} cores here; "
            "make workers or threads fewer"
        )
    return each


def options(api: Api) -> dict[str, Any]:
    """The arguments of ``bentoml.service``.

    BentoML's own metrics and access log would quote paths, and so user ids.
    """
    from bentoml.images import Image  # importing it takes a second, which the command line need not wait for

    return {
        "workers": api.workers,
        "threads": threads(api),
        "metrics": {"enabled": False},
        "logging": {"access": {"enabled": False}},
        "envs": [{"stage": "runtime"} | one for one in WORKER],
        "image": Image(python_version="3.11").build_include("constraints.txt"),  # the rest is in pyproject.toml
    }
