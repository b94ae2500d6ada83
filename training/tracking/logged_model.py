"""The bundle as a model of MLflow, for programs that know MLflow and not Holdfast: columns, example, code, packages.

Such a program gives the output of ``holdfast features`` as it is: integers, decimals and flags are numbers, whatever
type a reader made of them, and ``user_id`` comes back beside the scores. So the signature names the columns and leaves
their types to ``Bundle.matrix``, which says which column holds what it should not.
"""

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from types import ModuleType

import pandas as pd

import features
import training
from features.config import Config
from training.bundle import MANIFEST
from training.trained_model import Bundle

# What scoring imports: features and training as of now, and these packages as installed now.
PACKAGES = (
    "mlflow",
    "duckdb",
    "fsspec",
    "ibis-framework",
    "lightgbm",
    "numpy",
    "pandas",
    "pyarrow",
    "pyarrow-hotfix",
    "pydantic",
    "rich",
    "scikit-learn",
    "scipy",
    "sqlglot",
)


def register(config: Config, bundle: Bundle, folder: Path, tags: Mapping[str, str]) -> str:
    """Log the bundle (saved in ``folder``) with the open run and register it; returns its version number."""
    import mlflow
    from mlflow.models import ModelSignature
    from mlflow.types.schema import AnyType, ColSpec, Schema

    example = example_row(bundle)
    scored = bundle.predict(example.head(0))  # its columns alone: a model is not run before it is checked
    columns = [ColSpec(AnyType(), name) for name in bundle.features]
    with TemporaryDirectory(prefix="holdfast-") as code:
        info = mlflow.pyfunc.log_model(
            name="bundle",
            loader_module="training.bundle",
            data_path=str(folder),
            code_paths=[str(_copied(package, Path(code))) for package in (features, training)],
            signature=ModelSignature(
                Schema([ColSpec(AnyType(), "user_id", required=False), *columns]),
                Schema([ColSpec(_kind(scored[name]), name) for name in scored.columns]),
            ),
            input_example=example,
            pip_requirements=[f"{name}=={version(name)}" for name in PACKAGES],
        )
    # This reveals a bundle that was swapped as a whole, manifest included.
    manifest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    return str(mlflow.register_model(info.model_uri, config.project.name, tags={**tags, "manifest": manifest}).version)


def _copied(package: ModuleType, to: Path) -> Path:
    """The package's files in a folder, with the modes of the store and not of the installation: MLflow keeps them."""
    root = Path(str(package.__file__)).parent
    for file in sorted(root.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            copy = to / root.name / file.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copyfile(file, copy)
    return to / root.name


def example_row(bundle: Bundle) -> pd.DataFrame:
    """A row of features of nobody: zeros, and no texts."""
    return pd.DataFrame({name: [None if name in bundle.encodings else 0.0] for name in bundle.features})


def _kind(column: pd.Series) -> str:
    return "double" if pd.api.types.is_float_dtype(column) else "string"
