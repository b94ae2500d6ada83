"""The section of holdfast.toml for OpenLineage: where events on runs go."""

from pydantic import Field

from features.config.section import Section


class Openlineage(Section):
    url: str = Field(
        "",
        description="Where `holdfast run`, `score` and `train` tell of themselves as OpenLineage events: an http or "
        "https address, or a file that a line is added to each time. Empty: as OPENLINEAGE_URL says, else nowhere.",
    )
