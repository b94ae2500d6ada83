"""The process of a job: runs a verb, and writes down how it ended. It outlives the service that started it.

``python -m serving.jobs.child FOLDER NAME ARGUMENT…``: its output is the job's log, and the lock that says that the job
runs was given to it open.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from features import whole_files

LINES = 4000  # bytes of the log's end in which the line of an error is looked for


def main(folder: Path, name: str, arguments: list[str]) -> None:
    """Run the verb and write ``NAME.done.json``: when it ended, its exit code, what it said last, the run it made."""
    code = subprocess.run([sys.executable, "-P", "-m", "holdfast", *arguments], check=False).returncode
    report = folder / f"{name}.report.json"
    told = {
        "at": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds"),
        "code": code,
        "said": "" if code == 0 else _last(folder / f"{name}.log"),
        "run": json.loads(report.read_text(encoding="utf-8")).get("run") if report.exists() else None,
    }
    report.unlink(missing_ok=True)
    whole_files.write_sealed(folder / f"{name}.done.json", told)


def _last(log: Path) -> str:
    """The line with which the verb ended badly."""
    lines = [one for one in log.read_bytes()[-LINES:].decode("utf-8", "replace").splitlines() if one.strip()]
    ours = [one for one in lines if one.startswith("holdfast: ")]
    return (ours or lines or [""])[-1].removeprefix("holdfast: ")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
