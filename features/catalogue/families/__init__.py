"""The features, one file per family. Importing a family registers its features."""

import importlib
import pkgutil


def load() -> None:
    """Import every family, sorted by name, so that the catalogue has the same order everywhere."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        importlib.import_module(f"{__name__}.{module.name}")
