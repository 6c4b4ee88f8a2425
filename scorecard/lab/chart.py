"""The picture of a share by weeks ahead under two versions: numbers for an SVG, none of its markup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sop_site import formats

# In the units of the picture's view box.
WIDTH, HEIGHT = 340.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 12.0, 12.0, 36.0
GRID_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Point:
    """A share at its place, and what it says when it is pointed at."""

    x: str
    y: str
    words: str


@dataclass(frozen=True, slots=True)
class Label:
    """A figure at its place along one of the axes."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class ShareChart:
    """Two lines over weeks ahead, the farthest to the left; a line breaks off where there is no share."""

    key: str
    title: str
    words: str
    grid: tuple[Label, ...]
    weeks: tuple[Label, ...]
    proposed_path: str
    proposed: tuple[Point, ...]
    today_path: str
    today: tuple[Point, ...]

    width = f"{WIDTH:g}"
    height = f"{HEIGHT:g}"
    left = f"{LEFT:g}"
    right = f"{WIDTH - RIGHT:g}"
    weeks_y = f"{HEIGHT - BOTTOM + 15:g}"
    caption_y = f"{HEIGHT - 4:g}"
    middle = f"{(LEFT + WIDTH - RIGHT) / 2:g}"


def share_chart(
    key: str,
    title: str,
    weeks_ahead: Sequence[int],
    proposed: tuple[str, Mapping[int, float | None]],
    today: tuple[str, Mapping[int, float | None]],
) -> ShareChart | None:
    """The picture of the shares of two named versions; None where neither has any."""
    sides = (proposed, today)
    if all(shares.get(weeks) is None for _, shares in sides for weeks in weeks_ahead):
        return None
    step = (WIDTH - LEFT - RIGHT) / max(len(weeks_ahead) - 1, 1)
    x_of = {weeks: LEFT + place * step for place, weeks in enumerate(weeks_ahead)}

    def points(name: str, shares: Mapping[int, float | None]) -> dict[int, Point]:
        return {
            weeks: Point(
                f"{x_of[weeks]:.1f}",
                f"{_y_of(share):.1f}",
                f"{name}, {weeks} week{'' if weeks == 1 else 's'} ahead: {formats.percent(share)}",
            )
            for weeks in weeks_ahead
            if (share := shares.get(weeks)) is not None
        }

    drawn = [points(*side) for side in sides]
    return ShareChart(
        key=key,
        title=title,
        words=f"{title} of {proposed[0]} and of {today[0]} by weeks ahead. The table below has each figure.",
        grid=tuple(Label(f"{_y_of(share):.1f}", formats.percent(share)) for share in GRID_SHARES),
        weeks=tuple(Label(f"{x:.1f}", str(weeks)) for weeks, x in x_of.items()),
        proposed_path=_path(weeks_ahead, drawn[0]),
        proposed=tuple(drawn[0].values()),
        today_path=_path(weeks_ahead, drawn[1]),
        today=tuple(drawn[1].values()),
    )


def _y_of(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def _path(weeks_ahead: Sequence[int], points: Mapping[int, Point]) -> str:
    """The line through the points, which begins anew after a week without one."""
    parts: list[str] = []
    is_drawing = False
    for weeks in weeks_ahead:
        point = points.get(weeks)
        if point is not None:
            parts.append(f"{'L' if is_drawing else 'M'}{point.x} {point.y}")
        is_drawing = point is not None
    return "".join(parts)
