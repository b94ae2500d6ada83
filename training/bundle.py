"""What a trained system is on disk: text, numbers and hashes. No pickle, anywhere."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from features.build.population import Population
from features.errors import BadInput
from training.classical import cold_start
from training.models import lifetime, model_text_check
from training.models.calibration import plain_correction, restore
from training.models.value import Bounds
from training.trained_model import Bundle, sha256

MANIFEST = "manifest.json"
VERSION = 6


def save(bundle: Bundle, folder: Path) -> None:
    """Write a bundle, whole or not at all; the folder must not exist yet."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}-{uuid4().hex}")
    part.mkdir()
    try:
        for name, text in bundle.boosters.items():
            (part / f"{name}.txt").write_text(text, encoding="utf-8")
        population = asdict(bundle.population) | {"cutoff": bundle.population.cutoff.isoformat()}
        texts = {
            "features": list(bundle.features),
            "encodings": dict(bundle.encodings),
            "bounds": asdict(bundle.bounds)
            | {
                "risk_quantiles": bundle.risk_quantiles,
                "lifetime": asdict(bundle.lifetime) if bundle.lifetime else None,
                "young": asdict(bundle.cold_start) if bundle.cold_start else None,
            },
            "population": population,
            "calibration": plain_correction(bundle.correction),
            "config": {"hash": bundle.config_hash, "values": bundle.config},
            "metrics": {"trained_on": bundle.trained_on, "metrics": bundle.metrics},
        }
        for name, content in texts.items():
            text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False)
            (part / f"{name}.json").write_text(text, encoding="utf-8")
        files = {file.name: sha256(file.read_bytes()) for file in sorted(part.iterdir())}
        (part / MANIFEST).write_text(_manifest(files), encoding="utf-8")
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _manifest(files: Mapping[str, str]) -> str:
    """The manifest's text: the hash of every file, and one over these, so that it cannot be changed either."""
    content = {"version": VERSION, "files": files}
    return json.dumps({"sha256": sha256(json.dumps(content).encode())} | content, indent=1)


def verify(folder: Path) -> dict[str, str]:
    """Check every file against its hash and return the hashes.

    Raises BadInput, naming the file, where one is missing, was changed or does not belong to the bundle.
    """
    cure = "train again or take another version"
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        manifest = json.loads(text)
        version, files = manifest["version"], dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(f"{folder}: no bundle: {MANIFEST} is missing or damaged; {cure}") from None
    if version != VERSION:
        raise BadInput(f"{folder}: {MANIFEST} names bundle format {version}, this is {VERSION}; train again")
    if text != _manifest(files):
        raise BadInput(f"{folder}: {MANIFEST} was changed; {cure}")
    there = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()} - {MANIFEST}
    for name in sorted(there | set(files)):
        if name not in files:
            raise BadInput(f"{folder}: {name} does not belong to the bundle; remove it")
        if name not in there or sha256((folder / name).read_bytes()) != files[name]:
            raise BadInput(f"{folder}: {name} is missing or was changed; {cure}")
    return files


def load(folder: Path | str) -> Bundle:
    """Read a bundle after checking its hashes and the text of its boosters; raises BadInput when a byte has changed, or
    where what has its hashes is no bundle that could have been trained."""
    folder = Path(folder)
    files = {name: (folder / name).read_bytes() for name in verify(folder)}
    try:
        bundle = _bundle(files)
        model_text_check.check(bundle.boosters, bundle.features)
    except BadInput as error:
        raise BadInput(f"{folder}: {error}") from None
    except (KeyError, ValueError, TypeError, AttributeError):
        raise BadInput(f"{folder}: its files hold no trained model; train again or take another version") from None
    return bundle


def _bundle(files: Mapping[str, bytes]) -> Bundle:
    def read(name: str) -> Any:
        return json.loads(files[f"{name}.json"])

    bounds, population, about, config = read("bounds"), read("population"), read("metrics"), read("config")
    boosters = [name.removesuffix(".txt") for name in files if name.endswith(".txt")]
    return Bundle(
        boosters={name: files[f"{name}.txt"].decode() for name in boosters},
        features=tuple(read("features")),
        bounds=Bounds(
            tuple(bounds["tier_bounds"]),
            tuple(bounds["tier_cuts"]),
            bounds["smearing"],
            tuple(bounds["stay_bounds"]),
        ),
        risk_quantiles=tuple(bounds["risk_quantiles"]),
        population=Population(**population | {"cutoff": datetime.fromisoformat(population["cutoff"])}),
        config=config["values"],
        config_hash=config["hash"],
        trained_on=about["trained_on"],
        metrics=about["metrics"],
        encodings={name: tuple(texts) for name, texts in read("encodings").items()},
        lifetime=lifetime.from_json(bounds["lifetime"]),
        correction=restore(read("calibration")),
        cold_start=cold_start.from_json(bounds["young"]),
    )


def _load_pyfunc(path: str) -> Bundle:
    """What MLflow's ``loader_module`` calls."""
    return load(path)
