"""The features, one family a file. Importing a family puts its features into the registry."""

import importlib
import pkgutil


def load() -> None:
    """Import every family, in the order of their names, so that the catalogue has one order everywhere."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        importlib.import_module(f"{__name__}.{module.name}")
