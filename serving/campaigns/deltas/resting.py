"""Who stays on a play's list although a run does not write to them: they rest, and have not left it.

Who was written to yesterday is in the play's cooldown or at a cap today, and who came in yesterday did not come in
again. Were they told as ``out``, a platform would take them off its list before it has sent what ``in`` asked for, and
an audience of adverts would hold everybody for a day. They leave when the rule or the policy lets go of them for good.
"""

from collections.abc import Sequence
from pathlib import Path

from features.groups.rule_sql import quoted

FOR_NOW = ("blackout", "cooldown", "weekly_cap", "monthly_cap", "own_usage_cap", "channel_cap")  # reasons that pass


def resting_sql(parts: Sequence[Path], stayed: Sequence[Path], number: int, higher: Sequence[str] = ()) -> str:
    """SQL of ``user_id``, each once: whom the play of that number keeps in mind, by a reason that passes, or as one who
    came in before.

    parts: the files of a run's assignments; stayed: of ``entered.write_stayed``; higher: plays of higher priority,
    which take a user away.
    """
    bit = 1 << number
    passing = " | ".join(f"plays_{name}" for name in FOR_NOW)
    found = f"SELECT user_id FROM {_files(parts)} WHERE ({passing}) & {bit} <> 0"
    if stayed:
        found += f" UNION SELECT user_id FROM {_files(stayed)} WHERE stayed & {bit} <> 0"
        if higher:
            taken = f"rank IS NOT NULL AND play IN ({', '.join(map(quoted, higher))})"
            found = f"({found}) EXCEPT SELECT user_id FROM {_files(parts)} WHERE {taken}"
    return found


def _files(files: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(quoted(str(file)) for file in files)}])"
