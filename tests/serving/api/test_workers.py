"""Workers and threads fit the cores; BentoML's own tellers, which would quote paths, are off."""

import psutil
import pytest

from features.config import Api
from features.errors import BadInput
from serving.api import workers as shape


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    monkeypatch.setattr(shape, "cores", lambda: 4)


@pytest.mark.parametrize(
    ("workers", "threads", "each"), [(1, None, 4), (2, None, 2), (3, None, 1), (4, 1, 1), (1, 2, 2)]
)
def test_threads_share_the_cores(workers, threads, each):
    assert shape.threads(Api(workers=workers, threads=threads)) == each


@pytest.mark.parametrize(("workers", "threads"), [(5, None), (2, 3)])
def test_more_than_there_are_cores_is_refused(workers, threads):
    with pytest.raises(BadInput, match=r"^api: \d workers of \d threads are more than the 4 cores here; make"):
        shape.threads(Api(workers=workers, threads=threads))


def test_bentoml_neither_logs_nor_counts_paths():
    made = shape.options(Api())
    assert not made["metrics"]["enabled"] and not made["logging"]["access"]["enabled"]


def test_a_worker_shares_the_cores_and_keeps_memory_at_hand(server):
    started = psutil.Process(server.process.pid).children(recursive=True)
    (worker,) = [one for one in started if "_bentoml_impl.worker.service" in " ".join(one.cmdline())]
    env = worker.environ()
    assert env["OMP_NUM_THREADS"] == "1" and env["GLIBC_TUNABLES"] == "glibc.malloc.tcache_count=4000"
