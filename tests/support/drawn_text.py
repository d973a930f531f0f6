"""What a reader can read in a drawn figure."""

from itertools import combinations

from matplotlib.figure import Figure
from matplotlib.text import Text


def shown(figure: Figure) -> list[Text]:
    """The texts that a reader sees: not the tick labels of an axis that is off, hidden, or beyond its limits."""
    figure.draw_without_rendering()
    unseen = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not ax.axison or not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                    unseen |= {tick.label1, tick.label2}
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in texts if text not in unseen]


def unreadable(figure: Figure, smallest: float = 7.5) -> list[str]:
    """What keeps a reader from reading this figure: texts that are clipped, too small, or lie over one another."""
    texts = shown(figure)
    boxes = [text.get_window_extent() for text in texts]
    edge = figure.bbox
    found = []
    for text, box in zip(texts, boxes, strict=True):
        if not (edge.x0 - 1 <= box.x0 and box.x1 <= edge.x1 + 1 and edge.y0 - 1 <= box.y0 and box.y1 <= edge.y1 + 1):
            found.append(f"'{text.get_text()}' is clipped")
        if text.get_fontsize() < smallest:
            found.append(f"'{text.get_text()}' is too small")
    for (one, a), (other, b) in combinations(zip(texts, boxes, strict=True), 2):
        if not (a.x1 <= b.x0 + 1.5 or b.x1 <= a.x0 + 1.5 or a.y1 <= b.y0 + 1.5 or b.y1 <= a.y0 + 1.5):
            found.append(f"'{one.get_text()}' overlaps '{other.get_text()}'")
    return found


def assert_readable(figure: Figure, least: float = 7.5) -> None:
    """No text leaves the figure, none overlaps another, and none is smaller than so many points."""
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in shown(figure)]
    edge = figure.bbox
    for words, box in boxes:
        inside = box.x0 >= edge.x0 - 1 and box.y0 >= edge.y0 - 1 and box.x1 <= edge.x1 + 1 and box.y1 <= edge.y1 + 1
        assert inside, f"{words!r} leaves the figure: {box} in {edge}"
    for (one, a), (other, b) in combinations(boxes, 2):
        across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across < 1 or down < 1.5, f"{one!r} overlaps {other!r} by {across:.1f} x {down:.1f} pixels"
    assert min(text.get_fontsize() for text in shown(figure)) >= least
