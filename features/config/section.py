"""What every section of holdfast.toml is made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from features.config.server_address import without_password

Uri = Annotated[str, AfterValidator(without_password)]


class Section(BaseModel):
    """A table of holdfast.toml: unknown keys are refused, "90" and inf are no numbers, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
