"""The verification job: every campaign that is due, its looks and reports kept; what the next plan takes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from features.errors import BadInput
from features.progress import Progress, silent
from features.user_base import UserBase
from serving.campaigns.saves.kept import write_save_rates
from serving.verification.assigned_users import assigned_users, goals
from serving.verification.keep import keeping
from serving.verification.save_rates import save_rates_by_play
from serving.verification.uplifts import with_uplift
from serving.verification.verified_file import write_verified
from training.verification.campaigns import verify as job
from training.verification.campaigns.verify import Verified


class NobodyAssigned(BadInput):
    """No list was exported yet, and no table of assignments is there."""


@dataclass(frozen=True)
class Verification:
    """What was found by campaign. reports: the page by language. save_rates: the file that the next plan reads; None
    where only some campaigns were asked for."""

    found: list[Verified]
    reports: Mapping[str, Path]
    save_rates: Path | None


def verify_all(base: UserBase, plays: Sequence[str] = (), progress: Progress = silent) -> Verification:
    """Verify every campaign, or those of some plays or ids. Raises NobodyAssigned where there is none."""
    rows = assigned_users(base)
    if plays:
        rows = job.only(rows, plays)
    if not len(rows):
        raise NobodyAssigned(
            f"{base.config.file.name}: nobody was assigned yet; export a run's list, or bring a table: "
            "[tables.assignments]"
        )
    store = base.config.store_path
    with keeping(base) as (plans, keep):
        found = job.verify(base, rows, goals(store), progress=progress, plans=plans)
        base.still_as_read()
        reports = keep(found)
        kept_of_plays = {} if plays else with_uplift(base, save_rates_by_play(found, rows), found)
    if plays:  # of some campaigns alone, what is known of their plays would be cut down
        return Verification(found, reports, None)
    file = write_save_rates(store, kept_of_plays)
    write_verified(store, found, base.tables.observed_until, datetime.now(UTC).replace(tzinfo=None))
    return Verification(found, reports, file)
