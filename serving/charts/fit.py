"""How wide a text is drawn, about, and what of it fits: a server does not know the browser's fonts."""

from unicodedata import east_asian_width

WIDE, NARROW = 1.0, 0.62  # of the font's size; Chinese characters are square, Latin letters at most this in the mean


def width(text: str, size: float) -> float:
    """Pixels that the text takes at a font size, rather too many than too few."""
    return size * sum(WIDE if east_asian_width(one) in "WF" else NARROW for one in text)


def fit(text: str, room: float, size: float) -> str:
    """The text, or its beginning and ``…`` where it is wider than the room in pixels."""
    if width(text, size) <= room:
        return text
    while text and width(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def apart(wanted: list[float], least: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, in the same order, at least so far apart and between low and high.

    Where there is no room for that, they stand evenly from low to high.
    """
    if (len(wanted) - 1) * least > high - low:
        return [low + (high - low) * rank / (len(wanted) - 1) for rank in _ranks(wanted)]
    ranks = _ranks(wanted)
    placed: list[float] = []
    for at in sorted(wanted):
        placed.append(max(at, low, placed[-1] + least if placed else low))
    for rank in reversed(range(len(placed))):
        placed[rank] = min(placed[rank], high if rank == len(placed) - 1 else placed[rank + 1] - least)
    return [placed[rank] for rank in ranks]


def _ranks(wanted: list[float]) -> list[int]:
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    return [order.index(place) for place in range(len(wanted))]
