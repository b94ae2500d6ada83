"""What goals may measure, by name: shares and numbers of users, and sums and means of what is predicted."""

from collections.abc import Collection

from features.errors import BadInput, did_you_mean

HEALTHY = "healthy"
NUMBERS = ("churn_risk", "expected_value", "value_at_stake", "lifetime_value")
# What a metric of each form means, in the words of docs/how-to/boards.md.
METRICS = {
    "share:healthy": "of the users who are scored, the share on a stage whose rule asks for health",
    "share:STAGE": "of all users, the share on a stage",
    "users:healthy": "users who are scored and on such a stage",
    "users:STAGE": "users on a stage",
    "users": "all users",
    "sum:NUMBER": f"the sum over the users who are scored; NUMBER is {', '.join(NUMBERS)}",
    "mean:NUMBER": "the mean over them",
}


def check_metric(metric: str, key: str, stages: Collection[str]) -> None:
    """Raise BadInput, naming the key, where a metric is none of METRICS."""
    how, colon, of = metric.partition(":")
    if metric == "users":
        return
    names = {"share": (HEALTHY, *stages), "users": (HEALTHY, *stages), "sum": NUMBERS, "mean": NUMBERS}
    if how not in names or not colon:
        raise BadInput(
            f"{key}: '{metric}' is no metric; write one such as share:healthy, users:loyal, sum:value_at_stake"
        )
    if of not in names[how]:
        raise BadInput(f"{key}: '{metric}': no '{of}' to measure; {did_you_mean(of, names[how])}")
