"""[private_domain] of holdfast.toml: the five steps of a funnel that leads from outside into groups of one's own."""

from pydantic import Field, field_validator

from features.config.section import Section
from features.config.sections import Kind, once


class PrivateDomain(Section):
    steps: list[Kind] = Field(
        default=[],
        description="Five kinds of event, the steps of the private-domain funnel: 引流 attract, 承接 receive, "
        "培育 nurture, 筛选 qualify, 运营 operate. For boards.",
    )

    @field_validator("steps")
    @classmethod
    def five(cls, steps: list[str]) -> list[str]:
        if steps and len(steps) != 5:
            raise ValueError(f"{steps} are {len(steps)} kinds of event; name five, or take the line out")
        return once(steps)
