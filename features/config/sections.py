"""The sections of holdfast.toml: keys, kinds, defaults and meanings."""

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, field_validator, model_validator

from features.config.section import Section, Uri
from features.config.server_address import remote_place
from features.errors import did_you_mean

Share = Annotated[float, Field(gt=0, lt=1)]
LONGEST = 3650  # days
Days = Annotated[float, Field(gt=0, le=LONGEST)]
Kind = Annotated[str, Field(pattern=r"^[\w.-]+$")]  # of event, as it stands in the data


class Project(Section):
    name: str = Field("holdfast", pattern=r"^[A-Za-z0-9_.-]+$", description="Names the registered model.")
    timezone: str = Field("UTC", description="How timestamps without a zone are read, and whose calendar days are.")

    @field_validator("timezone")
    @classmethod
    def known(cls, value: str) -> str:
        if value not in available_timezones():
            near = did_you_mean(value, available_timezones())
            cure = near if near.startswith("did") else "write one such as 'Europe/Berlin'"  # there are 600
            raise ValueError(f"no time zone '{value}'; {cure}")
        return value


class ServerTable(Section):
    uri: Uri = Field(description="The server.")
    table: str = Field(min_length=1, description="The table, made where it is not there.")


class Keep(Section):
    snapshots: int | None = Field(None, ge=1, description="Newest snapshots to keep. Default: all.")
    runs_days: int | None = Field(None, ge=1, description="Days to keep campaign runs, by as-of. Default: all.")
    quarantine_days: int | None = Field(None, ge=1, description="Days to keep rows set aside. Default: all.")
    logs_days: int | None = Field(None, ge=1, description="Days to keep logs of jobs, and the audit. Default: all.")
    partials_days: int = Field(30, ge=1, description="Days to keep partials that no job has used.")


class Store(Section):
    path: str = Field("store", description="Folder for snapshots, quarantine, pictures and MLflow's sqlite file.")
    remote: Annotated[str, AfterValidator(remote_place)] | None = Field(
        None,
        description="Where several machines share the store (needs holdfast[remote]): `s3://bucket/folder`, `gs://`, "
        "`abfss://`. Verbs fetch what is new and push what they changed; `path` is this machine's copy. Default: none.",
    )
    mode: Literal["private", "group"] = Field(
        "private",
        description="Who may read what is written: only its owner (files 0600, folders 0700), or the group as well "
        "(0660, 0770), for a store that several people share.",
    )
    partials: bool = Field(
        False,
        description="Whether sums by user and day are kept, so that a build at a midnight reads only the days that are "
        "new or changed. Pays from some hundred rows a user on; changes no result.",
    )
    keep: Keep = Field(Keep(), description="What `holdfast store prune` leaves of what is old.")
    postgres: ServerTable | None = Field(
        None,
        description="A PostgreSQL server and table that `holdfast score` copies every snapshot to, in one transaction: "
        "it holds the newest and nothing else.",
    )


class Engine(Section):
    kind: Literal["duckdb", "spark"] = Field(
        "duckdb",
        description="What builds features and boards, and scores. spark: executors do, which all have to see the store "
        "at its path and to have the same Holdfast.",
    )
    master: str | None = Field(
        None,
        min_length=1,
        description="spark only: where it runs, if neither a session nor the environment (spark-submit, SPARK_MASTER) "
        "says so. Default: local, on `threads`.",
    )
    threads: int | None = Field(None, ge=1, description="Threads for queries and training; default: every core.")
    memory: str | None = Field(None, pattern=r"^\d+(\.\d+)?(GB|GiB|MB|MiB)$", description="Memory for queries.")


class Churn(Section):
    activity: list[str] = Field(
        default=[],
        description="Whose rows count as being here: a table or 'events:login'. Default: orders, else events.",
    )
    horizon_days: Days = Field(90, description="H: no activity in [cutoff, cutoff + H) = churned.")
    gap_days: float = Field(
        0, ge=0, le=LONGEST, description="Time to act: labels begin this many days after the cutoff, value's too."
    )
    eligible_days: Days | None = Field(None, description="Last activity at most this many days ago. Default: 2 H.")
    curve_days: list[Days] | None = Field(
        None,
        description="Other horizons of the churn curve, beside H; one the logs are too short for is left out. Default: "
        "7, 14, 30, 60, 90; where H is under 14 days: H/2, 2 H, 4 H.",
    )
    observed_until: str | None = Field(None, description="End of the logs, if not their newest time.")
    observed_from: str | None = Field(
        None, description="Begin of the logs, if not their oldest time: rows from before it do not count."
    )

    @field_validator("observed_until", "observed_from", mode="before")
    @classmethod
    def text(cls, value: Any) -> Any:
        """TOML has dates of its own, written without quotes."""
        return value.isoformat() if isinstance(value, date) else value


class Value(Section):
    sum: str = Field("", description="'orders.amount', 'events.value', or 'events' (a count). Default: what there is.")
    horizon_days: Days | None = Field(None, description="Window over which value is summed. Default: H.")
    tiers: list[str] = Field(["none", "low", "mid", "high"], min_length=2, description="First = no spend.")
    cuts: list[Share] = Field([0.5, 0.8], description="Percentiles of positive spend between the other tiers.")
    lifetime_horizons: int | None = Field(
        None,
        ge=1,
        le=40,
        description="How many churn horizons ahead lifetime and lifetime value are counted. Default: 8, or as many as "
        "three years hold.",
    )

    @model_validator(mode="after")
    def fits(self) -> "Value":
        return _cuts_fit(self, self.tiers[1:], self.cuts)


class Risk(Section):
    names: list[str] = Field(["low", "medium", "high"], min_length=1, description="Risk bands, lowest first.")
    cuts: list[Share] = Field([0.5, 0.8], description="Percentiles of risk at the last training cutoff.")

    @model_validator(mode="after")
    def fits(self) -> "Risk":
        return _cuts_fit(self, self.names, self.cuts)


class Train(Section):
    cutoffs: int = Field(24, ge=1, le=100, description="Training cutoffs at most, H/4 apart.")
    rows: int = Field(
        400_000,
        ge=1000,
        description="Training rows; above it users are sampled. Only the churn model learns from more than 100,000.",
    )
    test_rows: int = Field(
        400_000,
        ge=1000,
        description="Users that a test cutoff is measured on at most; of more a sample is taken, and told.",
    )
    seed: int = Field(7, ge=0, lt=2**31, description="Seed of everything random.")
    tune_minutes: float = Field(
        0,
        ge=0,
        le=10_000,
        description="Minutes to search for better settings of the churn model (needs holdfast[tune]); 0: none.",
    )
    monotone: bool = Field(
        False, description="Whether more silence may only raise the risk of churn, and more activity only lower it."
    )
    treated: Literal["keep", "drop", "feature"] = Field(
        "keep",
        description="What becomes of training rows of users whom a campaign treated: kept, dropped, or told apart by a "
        "feature that is 0 when users are scored.",
    )
    least_count: int = Field(20, ge=1, description="A text that fewer users have, such as a plan, enters no model.")
    backtests: int = Field(
        1,
        ge=1,
        le=50,
        description="Test cutoffs that `holdfast train` measures at, one horizon apart, as far as the history allows.",
    )


class Quality(Section):
    max_bad_share: float = Field(0.05, ge=0, le=1, description="Share of bad rows in a table above which a run stops.")
    false_churn: Share = Field(
        0.1,
        description="`holdfast check` suggests the shortest churn horizon at which at most this share of the gaps "
        "after which users came back are longer.",
    )


class Score(Section):
    max_shift: Share = Field(
        0.1,
        description="`holdfast score` raises an alarm where the share of users in a band, tier or stage, or not "
        "eligible for a reason, differs by more than this from that in the snapshot before.",
    )
    max_age_days: Days = Field(
        8,
        description="A snapshot, or the end of the logs, older than this is said to be stale: in the terminal, by the "
        "API and on the pages.",
    )


class Community(Section):
    post: Kind | None = Field(None, description="Kind of event: the user posts something.")
    reply: Kind | None = Field(None, description="Kind of event: the user is answered by somebody (influence).")
    join: Kind | None = Field(None, description="Kind of event: the user joins a group, which is its item. For boards.")
    leave: Kind | None = Field(None, description="Kind of event: the user leaves a group. For boards.")


class Funnel(Section):
    steps: list[Kind] = Field(
        default=[], max_length=99, description="Kinds of event on the way to the goal, first to last."
    )
    attributes: list[str] | None = Field(
        None,
        description="Features, text or yes-or-no, whose groups `holdfast funnel` compares. Default: text of users.",
    )

    @field_validator("steps")
    @classmethod
    def fits(cls, steps: list[str]) -> list[str]:
        if len(steps) == 1:
            raise ValueError(f"{steps} is one step; name at least two, or take the line out")
        return once(steps)

    @field_validator("attributes")
    @classmethod
    def once(cls, attributes: list[str] | None) -> list[str] | None:
        return attributes and once(attributes)


class Engagement(Section):
    kinds: list[Kind] | None = Field(
        None,
        description="Kinds of event that models see one by one. Default: those of funnel and community.",
    )

    @field_validator("kinds")
    @classmethod
    def fits(cls, kinds: list[str] | None) -> list[str] | None:
        return kinds and once(kinds)


class Condition(Section):
    all: list[str] = Field(default=[], description="Comparisons on features that must all hold.")
    any: list[str] = Field(default=[], description="Comparisons of which one must hold.")


class StageSetting(Condition):
    name: str = Field(pattern=r"^[\w-]+$", description="Name of the stage.")
    label: str = Field("", description="How it is shown to people. Default: its name.")


class Override(Section):
    when: list[str] = Field(min_length=1, description="Comparisons on features or attributes: whom it is for.")
    healthy: Condition | None = Field(None, description="Their own healthy rule.")
    lapsed_days: list[Days] | None = Field(None, min_length=3, max_length=3, description="Their own ladder.")
    inactive_days: Days | None = Field(None, description="Their own idle days.")


class Lifecycle(Section):
    healthy: Condition | None = Field(None, description="Who is healthy. Default: 2 active days in the last H.")
    lapsed_days: list[Days] | None = Field(
        None,
        min_length=3,
        max_length=3,
        description="Idle days from which a user is lapsed_1, _2, _3. Default: H, 2 H, 4 H.",
    )
    inactive_days: Days | None = Field(None, description="Idle days of inactive. Default: H/2.")
    new_days: Days = Field(14, description="A user is new for this many days from the first activity on.")
    returned_days: Days = Field(14, description="A user is resurrected for this many days from the return on.")
    stage: list[StageSetting] = Field(default=[], description="Stages of your own instead of the default ones.")
    override: list[Override] = Field(default=[], description="Other rules for a plan or segment; the first that fits.")


def once(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise ValueError(f"a name stands twice in {names}; name each once")
    return names


class GroupSetting(Section):
    name: str = Field(min_length=1, description="Name of the group.")
    label: str = Field("", description="Its name in Chinese. Default: its name.")
    all: list[str] = Field(default=[], description="Comparisons that must all hold; constants may be mean, p1 … p99.")


class LayerSetting(Section):
    name: str = Field(pattern=r"^[\w-]+$", description="Name of the layer.")
    group: list[GroupSetting] = Field(min_length=2, description="Groups in order; the last takes everybody else.")


class Rfm(Section):
    recency: str = Field("", description="Who is recent. Default: 'days_since_active <= mean'.")
    frequency: str = Field("", description="Who is frequent. Default: 'active_total >= mean'.")
    monetary: str = Field("", description="Who spends much. Default: 'order_amount_total >= mean'.")


class Layers(Section):
    rfm: Rfm = Field(default_factory=Rfm, description="What cuts the RFM classes: a mean, a percentile or a number.")
    layer: list[LayerSetting] = Field(default=[], description="Layers of your own.")


def _cuts_fit(section: Any, names: list[str], cuts: list[float]) -> Any:
    if len(cuts) != len(names) - 1:
        raise ValueError(f"{len(names)} names need {len(names) - 1} cuts, there are {len(cuts)}; make them fit")
    if sorted(set(cuts)) != cuts:
        raise ValueError(f"cuts {cuts} do not rise; sort them")
    once(names)
    return section
