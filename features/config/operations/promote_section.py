"""The section of holdfast.toml for promotion: how long a new model is watched beside the champion first."""

from pydantic import Field

from features.config.section import Section


class Promote(Section):
    shadow_days: float = Field(
        0,
        ge=0,
        le=365,
        description="Days that a new model which passed the gate is scored beside the champion before it may take its "
        "place; 0: it takes it at once. Outcomes tell only from one churn horizon on.",
    )
