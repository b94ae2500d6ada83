"""The report of a verification as one HTML page, in English or 简体中文: what each campaign did, how it is known."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from features import whole_files
from training.evaluation.document import Document, Section, Table, html
from training.verification.campaigns.report_words import WORDS, Words
from training.verification.campaigns.verdicts import Names, called
from training.verification.campaigns.verification_json import as_json
from training.verification.campaigns.verify import Verified
from training.verification.effect import Effect
from training.verification.stage_moves import Move
from training.verification.verdict import Text, refusal_zh

LANGUAGES = {"en": "en", "zh": "zh-CN"}  # as HTML names them


def write(found: Sequence[Verified], folder: Path, date: str, names: Names) -> tuple[list[Path], bool]:
    """Write ``<date>-<hash>.en.html`` and ``.zh.html``, each whole; their paths, and whether they are new: of the same
    figures there is one report. names: what stages are called in English and in Chinese."""
    told = json.loads(
        json.dumps(as_json(found)), parse_float=lambda text: f"{float(text):.9g}"
    )  # sums differ by thread
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:10]
    files = [folder / f"{date}-{digest}.{language}.html" for language in LANGUAGES]
    new = not all(file.exists() for file in files)
    folder.mkdir(parents=True, exist_ok=True)
    for file, language in zip(files, LANGUAGES, strict=True):
        if not file.exists():
            whole_files.write_text(file, html(document(found, date, names, language)))
    return files, new


def document(found: Sequence[Verified], date: str, names: Names, language: str = "en") -> Document:
    """The report: how many campaigns worked, and a section for each."""
    say = WORDS[language]
    counts = [sum(one.verdict.verdict == word for one in found) for word in say.verdicts]
    figures = [(name, str(n), note) for (name, note), n in zip(say.verdicts.values(), counts, strict=True)]
    sections = tuple(_section(one, say, names, language) for one in found)
    return Document(say.title, say.line.format(date=date), tuple(figures), sections, LANGUAGES[language])


def _section(one: Verified, say: Words, names: Names, language: str) -> Section:
    def of(text: Text) -> str:
        return text.zh if language == "zh" else text.en

    def name(move: str) -> str:
        return say.ways.get(move) or called(move, names, language)

    verdict = say.verdicts[one.verdict.verdict][0]
    blocks: list[str | Table] = [of(one.verdict.sentence), f"{say.next}{of(one.verdict.next)}", _facts(one, say, name)]
    if one.churn is not None and one.value is not None:
        blocks.append(_effects(one, one.churn, one.value, say))
    if one.moves is not None:
        moves = [each for each in (one.moves.planned, *one.moves.directions) if each is not None]
        blocks.append(_moves(say.moves, moves, say, name))
        if one.moves.cells:
            blocks.append(_moves(say.cells, one.moves.cells, say, name, claims=False))
    if one.overlap:
        rows = tuple(
            (each.play, f"{each.treatment:,}", f"{each.holdout:,}", say.yes[each.uneven]) for each in one.overlap
        )
        blocks.append(Table((say.overlap, say.treatment, say.holdout, say.uneven), rows))
    blocks.append(_checks(one, say, language))
    return Section(f"{one.campaign_id}{say.colon}{verdict}", tuple(blocks))


def _facts(one: Verified, say: Words, name: Callable[[str], str]) -> Table:
    """Sizes and times, as a list of name and value."""
    rows = [
        (say.goal, say.goals.get(one.goal) or name(one.goal)),
        (say.assigned, say.arms.format(*(f"{n:,}" for n in one.users))),
        (say.times, f"{one.begin:%Y-%m-%d} – {one.closes:%Y-%m-%d}"),
    ]
    if one.looked is not None and one.looked != one.users:
        rows.append((say.looked, say.arms.format(*(f"{n:,}" for n in one.looked))))
    if one.clusters is not None:
        rows.append((say.clusters, f"{one.clusters:,}"))
    if one.look is not None and one.plan is not None:
        after = say.last_look if one.plan.over else say.next_look.format(f"{one.plan.next_users:,}")
        rows.append((say.look, f"{one.look.number} · {one.look.level:.1%} · {after}"))
    if one.reached is not None and one.looked:
        rows.append((say.delivered, f"{one.reached:,} ({one.reached / max(one.looked[0], 1):.0%})"))
    if one.on_treated is not None and one.on_treated.difference is not None:
        share = one.goal != "value"
        ends = (_change(x or 0.0, share) for x in (one.on_treated.low, one.on_treated.high))
        size = _change(one.on_treated.difference, share) + (say.points if share else "")
        rows.append((say.on_treated, f"{size} ({say.to.join(ends)})"))
    if one.save_rates is not None:
        rate = one.save_rates.play
        rows.append((say.saved, f"{rate.rate:.1%} ({rate.low:.1%}{say.to}{rate.high:.1%})"))
    return Table(("", ""), tuple(rows))


def _effects(one: Verified, churn: Effect, value: Effect, say: Words) -> Table:
    rows = [_effect(say.churn, churn, True, say), _effect(say.value, value, False, say)]
    if one.capped is not None and one.cap is not None:
        rows.append(_effect(say.capped.format(f"{one.cap:,.2f}"), one.capped, False, say))
    if one.lift is not None:
        lift = f"{100 * one.lift.lift:+.1f} %" if one.lift.lift == one.lift.lift else "–"
        ends = say.unbounded
        if one.lift.low is not None and one.lift.high is not None:
            ends = f"{100 * one.lift.low:+.1f} %{say.to}{100 * one.lift.high:+.1f} %"
        rows.append((say.lift, "", "", lift, ends))
    return Table((say.effect, say.treatment, say.holdout, say.difference, say.interval), tuple(rows))


def _effect(name: str, effect: Effect, share: bool, say: Words) -> tuple[str, ...]:
    means = (f"{x:.1%}" if share else f"{x:,.2f}" for x in (effect.treatment, effect.holdout))
    ends = say.to.join(_change(x, share) for x in (effect.low, effect.high))
    points = say.points if share else ""
    return (name, *means, _change(effect.difference, share) + points, ends)


def _moves(title: str, moves: Sequence[Move], say: Words, name: Callable[[str], str], claims: bool = True) -> Table:
    rows = tuple(
        (
            name(each.name),
            *(f"{moved / max(users, 1):.1%}" for moved, users in zip(each.moved, each.users, strict=True)),
            _change(each.difference, True) + say.points,
            say.to.join(_change(x, True) for x in (each.low, each.high)),
            *([say.yes[each.claimed]] if claims else []),
        )
        for each in moves
    )
    columns = (title, say.treatment, say.holdout, say.difference, say.interval)
    return Table((*columns, say.claimed) if claims else columns, rows)


def _checks(one: Verified, say: Words, language: str) -> Table:
    """Whether it is a trial: the tests, what that of the sizes can see, and how the arms differed before."""
    trial, rows = one.trial, []
    if trial.sample_ratio_p is not None:
        rows.append((say.ratio, f"p = {trial.sample_ratio_p:.3g}"))
        seen = say.sees_nothing if trial.smallest_loss is None else say.sees.format(f"{trial.smallest_loss:.1%}")
        rows.append((say.seen, seen))
    else:
        rows.append((say.ratio, say.no_share))
    if trial.balance_p is not None:
        rows.append((say.balance, f"p = {trial.balance_p:.3g}"))
        worst = max(trial.balance, key=lambda each: abs(each.standardised))
        rows.append((say.furthest, f"{say.before.get(worst.name, worst.name)}: {worst.standardised:+.3f}"))
    rows += [(say.refused, refusal_zh(why.code) if language == "zh" else why.words) for why in trial.refusals]
    if not trial.refusals:
        rows.append((say.refused, say.nothing))
    return Table(("", ""), tuple(rows))


def _change(x: float, share: bool) -> str:
    """Signed; a share in points."""
    return f"{100 * x:+.2f}" if share else f"{x:+,.2f}"
