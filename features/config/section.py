"""What every section of holdfast.toml is made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from features.config.server_address import without_password

Uri = Annotated[str, AfterValidator(without_password)]


class Section(BaseModel):
    """A table of holdfast.toml: unknown keys are refused, "90" is no number, values never change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
