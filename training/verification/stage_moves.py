"""Stage moves of both arms: what was planned first, so that a table of many cells does not find what is not there.

A fixed sequence (Maurer, Hothorn and Lehmacher 1995): the planned move; up, down and stayed; the whole table. Each is
tested at the full level, and only where the one before was found; so a table without any effect claims something in no
more than 5 %. Single cells are for reading and claim nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from scipy.special import chdtrc
from scipy.stats import fisher_exact

from features.errors import BadInput
from features.statistics import difference_interval
from training.verification.effect import LEVEL

Moves = Mapping[tuple[str, str], tuple[int, int]]  # (stage before, stage after) → users of treatment, of holdout
EXACT_BELOW = 10  # movers or stayers expected in the smaller arm: Newcombe's intervals claim in up to 6 % then
FEWEST = 5  # users expected in the smaller arm, for a cell to be told


@dataclass(frozen=True)
class Move:
    """A move in both arms: users who made it, of how many; difference of the shares, treatment − holdout.

    low, high: its interval. claimed: it may be told as found. Else it is for reading.
    """

    name: str
    moved: tuple[int, int]
    users: tuple[int, int]
    difference: float
    low: float
    high: float
    claimed: bool = False


@dataclass(frozen=True)
class StageMoves:
    """planned: None where no move was, or nobody stood on its first stage. directions: up, down, stayed. p-values: NaN
    where there is too little to test. cells: shares of all users of the arm, for reading."""

    planned: Move | None
    directions: tuple[Move, ...]
    directions_p: float
    table_p: float
    table_claimed: bool
    cells: tuple[Move, ...]

    @property
    def claims(self) -> tuple[str, ...]:
        """The names of what was found, in the order of the sequence."""
        moves = [one.name for one in (self.planned, *self.directions) if one and one.claimed]
        return (*moves, *(["table"] if self.table_claimed else []))


def count_moves(before: np.ndarray, after: np.ndarray, treated: np.ndarray) -> Moves:
    """The moves of users given one by one: stages at the assignment and after the window, and the arm; (users,)."""
    (stood, begin), (went, end) = _coded(before), _coded(after)
    cells, counts = np.unique((begin * len(went) + end) * 2 + np.asarray(treated, dtype=bool), return_counts=True)
    found = dict(zip(cells.tolist(), counts.tolist(), strict=True))
    pairs = {(stood[cell // 2 // len(went)], went[cell // 2 % len(went)]): cell // 2 * 2 for cell in found}
    return {pair: (found.get(cell + 1, 0), found.get(cell, 0)) for pair, cell in sorted(pairs.items())}


def _coded(stages: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The stages that there are, and of each user which: ten million texts are not held beside each other."""
    found = pa.array(stages, pa.string()).dictionary_encode()
    return found.dictionary.to_pylist(), found.indices.to_numpy().astype(np.int64)


def stage_moves(
    moves: Moves, order: Sequence[str], planned: tuple[str, str] | None = None, level: float = LEVEL
) -> StageMoves:
    """Judge a table of moves. order: all stages, the best first; planned: (from, to).

    BadInput where the table or the plan names a stage that is not in `order`, or an arm is empty.
    """
    rank = {stage: place for place, stage in enumerate(order)}
    named = {stage for pair in (*moves, *([planned] if planned else [])) for stage in pair}
    if unknown := sorted(named - rank.keys()):
        raise BadInput(f"verify: no stage '{unknown[0]}' among {', '.join(order)}")
    users = _total(moves.values())
    if min(users) == 0:
        raise BadInput(
            f"verify: stage moves of {users[0]} users in treatment and {users[1]} in holdout: one arm is empty"
        )
    open_to_claim, first = True, None
    if planned:
        stood = _total(counts for (start, _), counts in moves.items() if start == planned[0])
        open_to_claim = False
        if min(stood) > 0:
            first = _move(" -> ".join(planned), moves.get(planned, (0, 0)), stood, level)
            first = replace(first, claimed=_apart(first, level))
            open_to_claim = first.claimed
    ways = {"up": -1, "down": 1, "stayed": 0}
    of_way = {
        name: _total(counts for (a, b), counts in moves.items() if np.sign(rank[b] - rank[a]) == sign)
        for name, sign in ways.items()
    }
    directions_p = _p([list(of_way.values())])
    open_to_claim = open_to_claim and directions_p < 1 - level  # of three shares that sum to 1, so closed for each
    directions = [_move(name, counts, users, level) for name, counts in of_way.items()]
    starts = sorted({start for start, _ in moves}, key=rank.__getitem__)
    table_p = _p([[counts for (start, _), counts in moves.items() if start == one] for one in starts])
    return StageMoves(
        planned=first,
        directions=tuple(replace(one, claimed=open_to_claim and _apart(one, level)) for one in directions),
        directions_p=directions_p,
        table_p=table_p,
        table_claimed=open_to_claim and table_p < 1 - level,
        cells=tuple(
            _move(f"{start} -> {end}", moves[start, end], users, level)
            for start, end in sorted(moves, key=lambda pair: (rank[pair[0]], rank[pair[1]]))
            if sum(moves[start, end]) * min(users) / sum(users) >= FEWEST
        ),
    )


def _move(name: str, moved: tuple[int, int], users: tuple[int, int], level: float) -> Move:
    low, high = difference_interval(moved[0], users[0], moved[1], users[1], level)
    return Move(name, moved, users, moved[0] / users[0] - moved[1] / users[1], low, high)


def _apart(move: Move, level: float) -> bool:
    """Whether the interval excludes 0, and with few expected in the smaller arm Fisher's exact test agrees."""
    if move.low <= 0 <= move.high:
        return False
    (a, b), (n, m) = move.moved, move.users
    if min(a + b, n + m - a - b) * min(n, m) / (n + m) >= EXACT_BELOW:
        return True
    return bool(fisher_exact([[a, n - a], [b, m - b]]).pvalue <= 1 - level)


def _total(counts) -> tuple[int, int]:
    pairs = list(counts)
    return sum(a for a, _ in pairs), sum(b for _, b in pairs)


def _p(strata: Sequence[Sequence[tuple[int, int]]]) -> float:
    """Pearson's chi-square of arm by kind, summed over strata, which are independent given who stands in them; kinds
    with fewer than five expected in the smaller arm are put together first."""
    square, freedom = 0.0, 0
    for kinds in strata:
        table = np.array(kinds, dtype=float).reshape(-1, 2)
        share = table.sum(axis=0) / max(table.sum(), 1)
        table = _pooled(table, share.min())
        if len(table) > 1 and share.min() > 0:
            expected = np.outer(table.sum(axis=1), share)
            square += float(((table - expected) ** 2 / expected).sum())
            freedom += len(table) - 1
    return float(chdtrc(freedom, square)) if freedom else float("nan")


def _pooled(table: np.ndarray, share: float) -> np.ndarray:
    """Rare kinds as one; if that is still rare, together with the next."""
    table = table[np.argsort(table.sum(axis=1), kind="stable")]
    while len(table) > 1 and table[0].sum() * share < FEWEST:
        table[1] += table[0]
        table = table[1:][np.argsort(table[1:].sum(axis=1), kind="stable")]
    return table
