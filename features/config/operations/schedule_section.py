"""The section of holdfast.toml for `holdfast run`: when a model is trained again."""

from pydantic import Field

from features.config.section import Section


class Schedule(Section):
    train_days: float = Field(
        30,
        gt=0,
        le=3650,
        description="Age of the newest outcomes that the champion learned from, at which `holdfast run` trains again.",
    )
    retrain_days: float = Field(
        7,
        gt=0,
        le=3650,
        description="Days between two trainings at least where monitoring asks for one: outcomes have to come first.",
    )
