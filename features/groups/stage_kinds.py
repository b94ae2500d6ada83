"""Which stages of a configuration are good ones, and which warn: read off their rules, whatever their names."""

from features.config import Config
from features.config.stage_rules import Stage

SILENT = "days_since_active"


def healthy_stages(config: Config) -> list[str]:
    """The stages whose users are healthy by the team's own rule, in their order: loyal and active by default."""
    return _stages(config, _healthy)


def warning_stages(config: Config) -> list[str]:
    """The stages whose users were healthy and are no more, or are silent, or at high risk: at_risk, inactive and
    lapsed by default."""
    return _stages(config, _warns)


def _stages(config: Config, test) -> list[str]:
    found = (stage.name for ladder in config.ladders for stage in ladder.stages if test(stage))
    return list(dict.fromkeys(found))


def _healthy(stage: Stage) -> bool:
    return any(
        (one.name == "healthy" and one.test == "==" and bool(one.value))
        or (one.name == "healthy_weeks" and one.test in (">", ">="))
        for one in stage.rule.all
    )


def _warns(stage: Stage) -> bool:
    return not _healthy(stage) and any(
        one.name in ("lost_health", "risk_band") or (one.name == SILENT and one.test in (">", ">="))
        for one in (*stage.rule.all, *stage.rule.any)
    )
