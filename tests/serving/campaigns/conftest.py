"""What the tests of campaigns share: bases of literal tables, and runs over them. Nothing is trained."""

from contextlib import ExitStack
from datetime import timedelta

import pyarrow as pa
import pytest

from serving.campaigns.plan import plan
from serving.campaigns.receipts import approve
from tests.serving.campaigns.world import AS_OF, arrow, config_of, opened, orders, snapshot

EMAIL = (
    '[contact]\nglobal_holdout = 0\ncooldown_days = 0\n[contact.channels.email]\n[[play]]\nname = "p"\nholdout = 0.5\n'
)
EMAIL += 'all = ["value_at_stake >= 0"]\nchannels = ["email"]\n'


class Shop:
    """A base that a test changes and plans again: ``users``, ``messages``, ``scored`` are rows, None for no table."""

    def __init__(self, folder, toml, count, text):
        self.folder, self.toml, self.stack = folder, toml, ExitStack()
        ids = [f"u{number}" for number in range(count)] if text else range(count)
        self.users = [{"user_id": one, "consent_marketing": True, "timezone": "Europe/Berlin"} for one in ids]
        self.scored = [{"user_id": one, "value_at_stake": float(place)} for place, one in enumerate(ids)]
        self.messages, self.active, self.user = [], {}, pa.string() if text else pa.int64()
        self.opened = 0

    @property
    def config(self):
        return config_of(self.folder, self.toml)

    @property
    def store(self):
        return self.config.store_path

    @property
    def base(self):
        """The base over the tables as they are now."""
        self.opened += 1
        names = ["user_id", "time", "channel", "campaign_id", "opened_at", "clicked_at", "opted_out_at"]
        given = {
            "users": self.users if self.users is None else arrow(self.users, user=self.user),
            "messages": self.messages if self.messages is None else self._messages(names),
            "orders": orders(self.active, user=self.user),
        }
        return self.stack.enter_context(opened(self.config, f"tables {self.opened}", **given))

    def _messages(self, names):
        there = dict.fromkeys(name for row in self.messages for name in row)
        return arrow(self.messages, list(there) or names, self.user)

    def plan(self, day=0, by="ann", digits=0):
        """A run, so many days after the first."""
        scored = snapshot(self.config, self.scored, AS_OF + timedelta(days=day), digits, self.user)
        return plan(self.base, scored, by)

    def approved(self, **more):
        run = self.plan(**more)
        approve(run, "bob", AS_OF)
        return run


@pytest.fixture
def shop(tmp_path):
    """shop(toml=…, users=40, text=False): a base with one channel and one play, or by its text."""
    made = []

    def make(toml=EMAIL, users=40, text=False):
        made.append(Shop(tmp_path / f"shop{len(made)}", toml, users, text))
        return made[-1]

    yield make
    for one in made:
        one.stack.close()


@pytest.fixture
def rows_of():
    """rows_of(run): its assignments by user."""

    def rows(run):
        import pyarrow.parquet as pq

        return {row["user_id"]: row for file in run.files for row in pq.read_table(file).to_pylist()}

    return rows
