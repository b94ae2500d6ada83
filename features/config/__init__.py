"""holdfast.toml: its sections and rules, how it is read and checked, and what `holdfast init` guesses."""

from features.config.api_section import Api, ApiKey, Oidc
from features.config.config import Config, load
from features.config.sections import Engine, Layers, Lifecycle, Score, ServerTable, Store

__all__ = ["Api", "ApiKey", "Config", "Engine", "Layers", "Lifecycle", "Oidc", "Score", "ServerTable", "Store", "load"]
