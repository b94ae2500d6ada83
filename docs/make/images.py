"""Draws the pictures of the documentation: `make images`. They come from the verbs, run on the demo's user base.

Those of the tour are the pages, taken by chromium (Debian's package; Chinese needs a font such as fonts-noto-cjk).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/images"
LARGEST = 150_000  # bytes
COLOURS = 256  # enough for plain pictures, at half the size; small marks keep theirs
# Picture in docs/images → where the demo leaves it in its store.
PICTURES = {
    "stage-flow.png": "stages/flow.png",
    "funnel.png": "funnel/funnel.png",
    "calibration.png": "pictures/churn.png",
    "value.png": "pictures/value.png",
}


def make(folder: Path) -> Path:
    """Run the demo and the reports in the folder; returns the store that holds their pictures."""
    demo, config = folder / "demo", folder / "demo" / "holdfast.toml"
    holdfast("demo", "--out", demo)
    holdfast("stages", "--config", config)
    return demo / "store"


def holdfast(*arguments: object) -> None:
    """Run a verb of this checkout; its end is ours where it fails."""
    subprocess.run([sys.executable, ROOT / "holdfast.py", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def small(picture: Path, to: Path) -> None:
    """Write a picture with few colours. Raises ValueError where it is larger than the repository should hold."""
    Image.open(picture).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1).save(to, optimize=True)
    if (size := to.stat().st_size) > LARGEST:
        raise ValueError(f"{to}: {size:,} bytes, more than {LARGEST:,}; draw it smaller")


def main() -> None:
    import pages  # beside this file

    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        store = make(Path(folder))
        for name, where in PICTURES.items():
            small(store / where, FOLDER / name)
            print(f"wrote docs/images/{name}")
        for name, file in pages.pictures(store.parent / "holdfast.toml", Path(folder)):
            small(file, FOLDER / name)
            print(f"wrote docs/images/{name}")


if __name__ == "__main__":
    main()
