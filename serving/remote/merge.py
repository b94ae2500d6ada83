"""Merges what changed here with what changed on another machine, file by file, from the head both began with.

What one of them changed is taken. Where both changed the same, the rule of the room counts; where it has none, nothing
is done and the file is named.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from features.errors import BadInput
from serving.remote.head import Entry, Files, tree_of
from serving.remote.shared import LATEST, SUPPRESSED, is_held
from serving.remote.united import is_united

DERIVED = ("quarantine", "layers", "stages", "funnel", "pictures", "monitoring", "schedule", "jobs")
QUIET = ("quarantine", "jobs")  # of which nobody has to be told
RUNS = ("snapshots", "boards", "campaigns")
OF_USERS = (*RUNS, "quarantine", "layers", "stages", "funnel", "jobs")
ASSIGNED = "campaigns/assignments.parquet"
DECISIONS = ("approval.json", "cancelled.json")
THEIRS = "'holdfast store fetch --theirs' takes what the other has, and drops what this machine did since"


class Conflict(BadInput):
    """Two machines changed the same, and no rule says which counts."""


class ErasedElsewhere(Conflict):
    """Somebody was erased on one machine while another made what may hold them."""


@dataclass
class Merged:
    """files: the store afterwards. take: files that come from the remote. drop: that go here. unite: that are to
    hold what both added: theirs. told: a line for each rule that was used."""

    files: dict[str, Entry]
    take: dict[str, Entry] = field(default_factory=dict)
    drop: set[str] = field(default_factory=set)
    unite: dict[str, Entry] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)


def merge(before: Files, ours: Files, theirs: Files, held: list[str], unfinished: list[str]) -> Merged:
    """before: the head that this machine was at last. held: beginnings of paths that stay as they are, here and there.
    unfinished: of folders here that lack what makes them count; where the remote has them whole, they are mended.

    Raises Conflict.
    """
    damaged, ours = _without_damage(before, ours, unfinished)
    told, drop_ours = [f"{one}: was damaged here, and is as it was again" for one in damaged], set(damaged)
    same = {path for path in {*ours, *theirs} if ours.get(path) == theirs.get(path)}
    here, there = _changes(before, ours) - same, _changes(before, theirs) - same
    _erasures(before, ours, theirs, here, there, drop_ours)
    files: dict[str, Entry] = {}
    unite: dict[str, Entry] = {}
    rules = _Rules(before, ours, theirs, here, there, told, drop_ours)
    for path in sorted({*ours, *theirs}):
        mine, other = ours.get(path), theirs.get(path)
        if is_held(path, held):
            chosen = other
        elif mine == other:
            chosen = mine
        elif _dropped(path, drop_ours):
            chosen = other
        elif is_united(path):
            chosen = other if path == SUPPRESSED and path not in here else mine or other
            if mine and other and path in there and chosen is mine:
                unite[path] = other
        elif unit_of(path) in rules.whole:
            chosen = rules.choose(path)
        elif path not in here:
            chosen = other
        elif path not in there:
            chosen = mine
        else:
            chosen = rules.choose(path)
        if chosen is not None:
            files[path] = chosen
    told += _cancelled(here, there)
    changed = {path: one for path, one in files.items() if ours.get(path) != one and path not in unite}
    take = {path: one for path, one in changed.items() if not is_held(path, held)}
    return Merged(files, take, ours.keys() - files.keys(), unite, list(dict.fromkeys(told)))


def _without_damage(before: Files, ours: Files, unfinished: list[str]) -> tuple[list[str], Files]:
    """The folders here that are not as their manifest says, and our files without theirs, so that the remote's are
    taken. Snapshots never change without their manifest."""
    damaged = [one.rstrip("/") for one in unfinished if any(path.startswith(one) for path in before)]
    of_tree: dict[str, list[str]] = {}
    for path in before:
        if path.startswith("snapshots/") and path != LATEST:
            of_tree.setdefault(tree_of(path), []).append(path)
    for folder, paths in of_tree.items():
        manifest = f"{folder}/manifest.json"
        same = manifest in ours and ours[manifest] == before.get(manifest)
        if same and any(ours.get(path) != before[path] for path in paths):
            damaged.append(folder)
    files = {path: one for path, one in ours.items() if not _dropped(path, set(damaged))}
    return damaged, files


def _changes(before: Files, after: Files) -> set[str]:
    return {path for path in {*before, *after} if before.get(path) != after.get(path)}


def _dropped(path: str, folders: set[str]) -> bool:
    return tree_of(path) in folders or any(path.startswith(f"{one}/") for one in folders)


def _erasures(before: Files, ours: Files, theirs: Files, here: set[str], there: set[str], drop_ours: set[str]) -> None:
    """Let nobody come back who was erased: what was made without knowing of that is made again."""
    if ours.get(SUPPRESSED) == theirs.get(SUPPRESSED):
        return
    if SUPPRESSED in here and (path := _first(there, OF_USERS)):
        raise ErasedElsewhere(
            f"{path}: changed on another machine while somebody was erased here; {THEIRS}; then erase them again"
        )
    if SUPPRESSED in there:
        drop_ours |= {one for one in OF_USERS if one in DERIVED}
        made = {path for path in here if path in ours and path.endswith((".parquet", "manifest.json"))}
        if path := _first(made, RUNS):
            raise ErasedElsewhere(
                f"{path}: made while somebody was erased on another machine, and may hold them; {THEIRS}; then make "
                "it again"
            )


def _first(paths: set[str], rooms: tuple[str, ...]) -> str:
    return min((path for path in paths if path.split("/")[0] in rooms and path != LATEST), default="")


@dataclass
class _Rules:
    """What counts of files that both changed."""

    before: Files
    ours: Files
    theirs: Files
    here: set[str]
    there: set[str]
    told: list[str]
    drop_ours: set[str]

    def __post_init__(self) -> None:
        both = {unit_of(path) for path in self.here} & {unit_of(path) for path in self.there}
        self.whole = dict(self._whole(folder) for folder in both if self._is_whole(folder))

    def choose(self, path: str) -> Entry | None:
        """The file that counts; None where it is to be gone. Raises Conflict."""
        folder, name = unit_of(path), path.rpartition("/")[2]
        if folder in self.whole:
            return (self.ours if self.whole[folder] else self.theirs).get(path)
        if path == ASSIGNED:  # worked out from all exports, whenever they are read back
            return self.theirs.get(path)
        if path == LATEST:
            self.told.append(f"{path}: another machine committed first, and its snapshot is the latest; ours is kept")
            return self.theirs.get(path)
        if name in DECISIONS and path in self.theirs:
            self.told.append(f"{path}: was decided on another machine first, and that counts")
            return self.theirs[path]
        raise Conflict(f"{path}: changed here and on another machine; {THEIRS}{self._database(path)}")

    def _is_whole(self, folder: str) -> bool:
        room = folder.split("/")[0]
        if folder == ".":
            return False
        if room in ("snapshots", "boards") and "/" in folder:
            return True
        if room == "campaigns" and "/" in folder:
            manifest = f"{folder}/manifest.json"
            gone = manifest in self.before and not (manifest in self.ours and manifest in self.theirs)
            return gone or (manifest in self.here and manifest in self.there)
        return room in DERIVED

    def _whole(self, folder: str) -> tuple[str, bool]:
        """A folder that counts as one machine has it, and whether that is this one."""
        room, files = folder.split("/")[0], [path for path in self.theirs if unit_of(path) == folder]
        mine = [path for path in self.ours if unit_of(path) == folder]
        if not files or not mine:  # removed by one, changed by the other: it stays
            return folder, not files
        decided = [path for path in self.here if unit_of(path) == folder and _is_decision(path)]
        if room == "campaigns" and decided:
            raise Conflict(f"{min(decided)}: of a run that another machine planned as well; {THEIRS}")
        if room not in QUIET and any(self.ours.get(path) != self.theirs.get(path) for path in {*files, *mine}):
            self.told.append(f"{folder}: another machine made it too and committed first; its copy counts")
        return folder, False

    def _database(self, path: str) -> str:
        if path != "mlflow.db":
            return ""
        return "; where several machines train, let them share a server (MLFLOW_TRACKING_URI)"


def _cancelled(here: set[str], there: set[str]) -> Iterator[str]:
    """Runs that one machine cancelled while the other exported of them: both stay written."""
    for one, other in ((here, there), (there, here)):
        runs = {path.split("/exports/")[0] for path in other if "/exports/" in path}
        yield from (
            f"{run}: cancelled on one machine and exported on another"
            for run in sorted(runs)
            if f"{run}/cancelled.json" in one
        )


def unit_of(path: str) -> str:
    """What is merged as a whole where both changed it: a run, a job, a room that is made anew as one."""
    return path.partition(".")[0] if path.startswith("jobs/") else tree_of(path)


def _is_decision(path: str) -> bool:
    return path.rpartition("/")[2] in DECISIONS or "/exports/" in path


def taken(ours: Files, theirs: Files, held: list[str]) -> Merged:
    """The remote's files in place of ours, but for lines and suppressions that only this machine has."""
    files, unite = dict(theirs), {}
    for path, one in ours.items():
        if is_united(path) and one != theirs.get(path):
            files[path] = one
            if path in theirs:
                unite[path] = theirs[path]
    take = {p: one for p, one in theirs.items() if ours.get(p) != one and p not in unite and not is_held(p, held)}
    return Merged(files, take, {path for path in ours if path not in files and not is_held(path, held)}, unite)


def against(ours: Files, theirs: Files) -> Iterator[str]:
    """What only this machine has, a line a folder: what taking theirs drops."""
    changed = {path for path in ours if ours[path] != theirs.get(path) and not is_united(path)}
    for folder in sorted({tree_of(path) if tree_of(path) != "." else path for path in changed}):
        yield f"{folder}: dropped what this machine had changed"
