"""The verb `simulate`."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from features.errors import BadInput


def simulate(
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("simulated"),
    users: Annotated[int, typer.Option(min=1, help="Users.")] = 10_000,
    days: Annotated[int, typer.Option(min=30, help="Length of the logs.")] = 540,
    seed: Annotated[int, typer.Option(min=0, help="Seed.")] = 7,
    season: Annotated[
        str, typer.Option(help="Shape and strength of the year, as sine:0.3 or christmas:0.6.")
    ] = "sine:0.2",
    drift_day: Annotated[
        str | None, typer.Option(help="Day from which the three drifts below hold, as 2025-06-01.")
    ] = None,
    hazard_factor: Annotated[float, typer.Option(help="Drift: users leave so many times faster.")] = 1.0,
    arrival_factor: Annotated[float, typer.Option(help="Drift: so many times more sign up a day.")] = 1.0,
    newcomers: Annotated[float, typer.Option(help="Drift: share of a new kind among those who sign up.")] = 0.0,
    days_before: Annotated[int, typer.Option(help="Days for which there were users before the logs begin.")] = 0,
    contact_effects: Annotated[
        bool, typer.Option("--contact-effects", help="What a message does depends on the user.")
    ] = False,
    send: Annotated[
        Path | None,
        typer.Option(
            help="Parquet file of messages (user_id, time, channel, campaign_id): go on with --out for --days."
        ),
    ] = None,
    delivered: Annotated[float, typer.Option(min=0, max=1, help="With --send: share of them that arrives.")] = 1.0,
) -> None:
    """Write a user base of any size, its truth beside it; the logs end with 2025. With --send, go on with one."""
    if send is not None:
        _go_on(out, send, days, seed, delivered)
        return
    from features.simulate import World
    from features.simulate import simulate as run
    from serving.terminal.console import progress

    world = World(season, _day(drift_day), hazard_factor, arrival_factor, newcomers, days_before, contact_effects)
    with progress() as step:
        rows = run(out, users, seed=seed, days=days, world=world, progress=lambda done: step("simulating", done, users))
    print(", ".join(f"{count:,} {name}" for name, count in rows.items()))
    print(f"wrote {out}")


def _go_on(out: Path, send: Path, days: int, seed: int, delivered: float) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from features.simulation.go_on import go_on

    try:
        messages = pq.read_table(send)
    except (OSError, pa.ArrowException) as error:
        raise BadInput(f"--send: {send} cannot be read as Parquet; name a file of messages") from error
    rows = go_on(out, messages, days, seed, delivered)
    print(", ".join(f"{count:,} {name}" for name, count in rows.items()))
    print(f"went on with {out} for {days} days")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInput(f"--drift-day: {text!r} is no day; write it as 2025-06-01") from error
