"""The columns of a snapshot in one table: what a row says of a user.

From it follow the Arrow schema, PostgreSQL's types in the copy, the fields of the API's answers, and
docs/reference/snapshot.md.
"""

from dataclasses import dataclass

import pyarrow as pa

from serving.scoring.reasons import TYPE as REASONS

CURVE = pa.list_(pa.struct([("days", pa.float64()), ("churn_risk", pa.float64()), ("returned", pa.float64())]))


@dataclass(frozen=True)
class Kind:
    """What a column holds: in words, as Arrow's type and as PostgreSQL's, as its catalogue names it."""

    words: str
    arrow: pa.DataType
    postgres: str


TIME = Kind("time, UTC", pa.timestamp("us", "UTC"), "timestamp with time zone")
FLAG = Kind("true or false", pa.bool_(), "boolean")
TEXT = Kind("text", pa.string(), "text")
NUMBER = Kind("number", pa.float64(), "double precision")
WHOLE = Kind("whole number", pa.int64(), "bigint")
POINTS = Kind("list of days, churn_risk, returned", CURVE, "jsonb")
TEXTS = Kind("list of texts", pa.list_(pa.string()), "jsonb")
COUNTS = Kind("list of whole numbers", pa.list_(pa.int64()), "jsonb")
WHY = Kind("list of feature, value, before, contribution", REASONS, "jsonb")
KINDS = (TIME, FLAG, TEXT, NUMBER, WHOLE, POINTS, TEXTS, COUNTS, WHY)

# Which of the API's answers has a column: every one, those about a user, the one of a user of the snapshot, none.
SCORES, JUDGED, USER, NOWHERE = "scores", "judged", "user", ""


@dataclass(frozen=True)
class Column:
    """A column. unit: "" for texts. null: what a null means; "": there is none. answer: which of the API's answers
    has it."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    null: str
    answer: str

    @property
    def field(self) -> pa.Field:
        """The column in Arrow, with its meaning beside it."""
        return pa.field(self.name, self.kind.arrow, metadata={"meaning": self.meaning})


NOT_SCORED = "the user is not eligible"
TOO_SHORT = f"{NOT_SCORED}, or the logs are too short to tell"
AFTER_USER = (
    Column("as_of", TIME, "", "the cutoff: only rows before it were used", "", NOWHERE),
    Column("eligible", FLAG, "", "active recently enough to be scored", "", JUDGED),
    Column("reason_not_eligible", TEXT, "", "why not; null where eligible", "the user is eligible", JUDGED),
    Column(
        "stage",
        TEXT,
        "",
        "lifecycle stage, by the rules of the configuration",
        "never in a snapshot; from raw rows, where the rules ask of earlier weeks what only the whole base tells",
        USER,
    ),
    Column("churn_risk", NUMBER, "0 to 1", "probability of no activity in the churn horizon", NOT_SCORED, SCORES),
    Column("risk_band", TEXT, "", "band of the risk, by bounds frozen at training", NOT_SCORED, SCORES),
    Column("risk_percentile", NUMBER, "%", "0 to 100, against the last training cutoff", NOT_SCORED, SCORES),
    Column("expected_value", NUMBER, "value", "expected value over the value horizon", NOT_SCORED, SCORES),
    Column("value_rank", NUMBER, "0 to 1", "predicted rank of the value, 0 lowest, 1 highest", NOT_SCORED, SCORES),
    Column("value_tier", TEXT, "", "predicted tier of the value", NOT_SCORED, SCORES),
    Column(
        "value_if_stays",
        NUMBER,
        "value",
        "expected value over the value horizon if the user does not churn; expected_value is (1 - churn_risk) times "
        "this, where none of those who churned brought value",
        NOT_SCORED,
        SCORES,
    ),
    Column(
        "stay_tier",
        TEXT,
        "",
        "tier of value_if_stays, by bounds frozen at training: value.cuts of the users then to be scored; never the "
        "first of value.tiers, which is no value",
        NOT_SCORED,
        SCORES,
    ),
    Column("value_at_stake", NUMBER, "value", "churn_risk times value_if_stays", NOT_SCORED, SCORES),
    Column(
        "stage_before",
        TEXT,
        "",
        "the stage in the newest snapshot of an earlier date, which the manifest names as stages_before",
        "the user is not in that snapshot, or there is none",
        USER,
    ),
    Column(
        "bucket",
        WHOLE,
        "0 to 9999",
        "the user's random number, for holdouts and samples: the last 8 hex digits of md5(user_id as text), mod 10,000",
        "",
        JUDGED,
    ),
    Column(
        "level",
        TEXT,
        "",
        "the member level, by [[level]] of the configuration",
        "the user is on none, or there are no levels; from raw rows, always",
        USER,
    ),
    Column("tags", TEXTS, "", "names of the [[tag]]s whose segment the user is in, in their order", "", USER),
    Column(
        "churn_curve",
        POINTS,
        "days; 0 to 1",
        "by horizon in days, shortest first: churn_risk, the probability of no activity in so many days, which never "
        "goes up with them, and returned = 1 - churn_risk, which never goes down",
        NOT_SCORED,
        SCORES,
    ),
    Column(
        "lifetime_days",
        NUMBER,
        "days",
        "expected days of the coming horizons (value.lifetime_horizons) that see activity",
        TOO_SHORT,
        SCORES,
    ),
    Column("lifetime_value", NUMBER, "value", "expected value over the same horizons", TOO_SHORT, SCORES),
    Column("lifetime_value_low", NUMBER, "value", "low end of its 80 % interval", TOO_SHORT, SCORES),
    Column("lifetime_value_high", NUMBER, "value", "high end of its 80 % interval", TOO_SHORT, SCORES),
    Column(
        "history_days",
        NUMBER,
        "days",
        "days from the first activity to the cutoff: how much history a score rests on",
        "the user was never active",
        JUDGED,
    ),
    Column(
        "active_days",
        WHOLE,
        "days",
        "days with activity so far; hours where the churn horizon is under 14 days",
        "the user was never active",
        JUDGED,
    ),
    Column(
        "weekly_counts",
        COUNTS,
        "orders",
        "orders in each of the 26 weeks before the as-of, oldest first; where there are no orders, times active",
        "a snapshot of an earlier version",
        USER,
    ),
    Column(
        "points_balance",
        NUMBER,
        "points",
        "points earned so far and neither spent nor expired",
        "there is no table points",
        USER,
    ),
    Column(
        "reasons",
        WHY,
        "log-odds",
        "strongest contributions to the log-odds of churn",
        f"{NOT_SCORED}, or scored from their history alone",
        SCORES,
    ),
    Column("model_version", TEXT, "", "registry number and hash of the model", "", NOWHERE),
    Column("config_hash", TEXT, "", "hash of what in holdfast.toml changes results", "", NOWHERE),
)
SCHEMA_AFTER_USER = pa.schema([one.field for one in AFTER_USER])


def user_column(kind: pa.DataType) -> Column:
    """The first column, the user's id, which keeps the type that the tables give it: text or a whole number."""
    return Column("user_id", WHOLE if pa.types.is_integer(kind) else TEXT, "", "as it came", "", JUDGED)


COLUMNS = (user_column(pa.int64()), *AFTER_USER)


def schema(user: pa.DataType) -> pa.Schema:
    """The schema of a snapshot. user: the type of its users' ids."""
    return pa.schema([user_column(user).field.with_type(user), *SCHEMA_AFTER_USER])
