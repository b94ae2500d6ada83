"""What the tests of the job share: the job in a store of the test's own, and a model that takes a tenth of the time."""

import pytest

from features.user_base import UserBase
from serving.batch import score as job
from serving.batch.score import score
from training.fit import cold_start_bundle
from training.tracking import Version


@pytest.fixture(scope="session")
def light(base):
    """A model of four features, MBG/NBD, for tests of everything but scores."""
    return Version("light", "", cold_start_bundle.bundle(base, base.tables.observed_until))


@pytest.fixture
def scored(base, own):
    """scored(fresh=…, as_of=…, digits=…): the base scored into the test's own store."""
    return lambda **more: score(UserBase(own, base.con, base.tables), base.model, **more)


@pytest.fixture
def small(monkeypatch):
    """Sixteen buckets instead of one."""
    monkeypatch.setattr(job, "digits_for", lambda users: 1)


@pytest.fixture
def lightly(base, own, light, small):
    """lightly(fresh=…, as_of=…): the same by the light model, in sixteen buckets."""
    return lambda **more: score(UserBase(own, base.con, base.tables), light, **more)


@pytest.fixture(scope="module")
def light_rows(base, light, tmp_path_factory):
    """What the light model says of everybody at once."""
    store = base.config.store.model_copy(update={"path": str(tmp_path_factory.mktemp("light"))})
    return score(UserBase(base.config.model_copy(update={"store": store}), base.con, base.tables), light).table()


@pytest.fixture
def stopped(monkeypatch):
    """The run is killed before its second part."""

    def write(folder, prefix, table, about):
        if prefix != "0":
            raise KeyboardInterrupt
        return write_part(folder, prefix, table, about)

    write_part = job.write_part
    with monkeypatch.context() as patch:
        patch.setattr(job, "write_part", write)
        yield patch
