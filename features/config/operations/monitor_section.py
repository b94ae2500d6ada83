"""The section of holdfast.toml for `holdfast monitor`: from when on a change is told, and what it looks back on."""

from typing import Annotated

from pydantic import Field

from features.config.section import Section

Share = Annotated[float, Field(gt=0, lt=1)]


class Monitor(Section):
    psi: float = Field(
        0.25,
        gt=0,
        le=10,
        description="Population stability index of a feature against the snapshot before, above which it has drifted; "
        "above four times as much its data are held to be broken.",
    )
    max_volume: float = Field(
        1.6,
        gt=1,
        le=100,
        description="A table's rows of a day may be so many times the usual of that weekday, or so many times fewer.",
    )
    max_unit: float = Field(
        5,
        gt=1,
        description="A column's usual amount may be so many times larger or smaller on a day before its unit "
        "is held to have changed.",
    )
    max_missing: Share = Field(0.1, description="How far a column's share of missing values may move on a day.")
    max_new: Share = Field(
        0.01, description="Share of a day's rows that may hold a text which was never there in the weeks before."
    )
    max_copies: Share = Field(0.2, description="Share of the new rows that may be exact copies, or set aside.")
    max_bias: Share = Field(
        0.05, description="How far mean predicted churn may be from what came, beyond noise, in a closed window."
    )
    max_auc_loss: Share = Field(0.05, description="How far AUC may fall below what the model's backtest promised.")
    max_model_days: float = Field(
        180,
        gt=0,
        le=3650,
        description="Age of the newest outcomes that a model learned from; an older one is of another season.",
    )
    weeks: int = Field(8, ge=4, le=52, description="Weeks of the logs that a day is held against.")
    windows: int = Field(
        6, ge=1, le=50, description="Past snapshots, a churn horizon apart, whose closed windows are measured."
    )
