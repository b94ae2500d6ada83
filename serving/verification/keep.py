"""What a verification leaves in the store: its looks, its reports, and a run in MLflow."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from features.groups.lifecycle import names
from features.user_base import UserBase
from serving.batch.lock import alone
from training.tracking.verifications import log_verification
from training.verification.campaigns.looks_kept import Plan, load, save
from training.verification.campaigns.report import LANGUAGES, write
from training.verification.campaigns.verification_json import as_json, to_keep
from training.verification.campaigns.verify import Verified

FOLDER = "verification"
Keep = Callable[[Sequence[Verified]], dict[str, Path]]


@contextmanager
def keeping(base: UserBase) -> Iterator[tuple[Mapping[str, Plan], Keep]]:
    """The looks made so far, and a function that keeps what was found and returns the report's file by language; no
    other process looks meanwhile. What was found before is neither written nor logged again."""
    store = base.config.store_path
    folder, date = store / FOLDER, f"{base.tables.observed_until:%Y-%m-%d}"
    (store / "work").mkdir(parents=True, exist_ok=True)
    with alone(store / "work" / "verify.lock"):
        plans = load(folder)

        def keep(found: Sequence[Verified]) -> dict[str, Path]:
            if changed := to_keep(found, plans):
                save(folder, changed)
            files, new = write(found, folder, date, names(base.config))
            if new:
                log_verification(base.config, as_json(found), files, date)
            return dict(zip(LANGUAGES, files, strict=True))

        yield plans, keep
