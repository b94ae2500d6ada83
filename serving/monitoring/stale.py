"""Whether what is served is old: the snapshot, the logs it was made of, or what its model learned from."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from features.config import Config
from features.said import Said

DAY = timedelta(days=1)
SNAPSHOT, LOGS, MODEL = "snapshot", "logs", "model"


def ages(manifest: Mapping[str, Any], now: datetime) -> dict[str, float]:
    """Ages in days at ``now`` (UTC, without a zone): of the snapshot's as-of, of the end of its logs, and
    of the newest outcomes its model learned from. What a manifest does not tell is left out."""
    told = {SNAPSHOT: manifest.get("as_of"), LOGS: manifest.get("logs_until"), MODEL: manifest.get("labels_close")}
    return {name: (now - datetime.fromisoformat(at)) / DAY for name, at in told.items() if at}


def stale(config: Config, manifest: Mapping[str, Any], now: datetime) -> dict[str, Said]:
    """What is too old by ``score.max_age_days`` and ``monitor.max_model_days``, with a sentence each; or nothing."""
    found, most = ages(manifest, now), config.score.max_age_days
    told = {}
    if (age := found.get(SNAPSHOT, 0.0)) > most:
        told[SNAPSHOT] = Said(
            f"the snapshot is of {manifest['as_of'][:10]}, {age:,.0f} days ago "
            f"(score.max_age_days = {most:g}); score again",
            f"快照截至 {manifest['as_of'][:10]}，已过 {age:,.0f} 天（score.max_age_days = {most:g}）；请重新评分",
        )
    behind = found.get(LOGS, 0.0) - found.get(SNAPSHOT, 0.0)  # the as-of lies after the end of the logs
    if found.get(LOGS, 0.0) > most and (SNAPSHOT in told or behind > most):
        until = manifest["logs_until"][:10]
        told[LOGS] = Said(
            f"the logs end on {until}, {found[LOGS]:,.0f} days ago; bring newer ones: who came since counts as silent",
            f"日志止于 {until}，已过 {found[LOGS]:,.0f} 天；请导入更新的数据，此后来过的用户会被当作沉默",
        )
    if (age := found.get(MODEL, 0.0)) > (limit := config.monitor.max_model_days):
        told[MODEL] = Said(
            f"the model learned from outcomes up to {manifest['labels_close'][:10]}, {age:,.0f} days ago "
            f"(monitor.max_model_days = {limit:g}), another season; train again",
            f"模型学习的结果止于 {manifest['labels_close'][:10]}，已过 {age:,.0f} 天"
            f"（monitor.max_model_days = {limit:g}），季节已不同；请重新训练",
        )
    return told
