"""Whether a page can be read: what every chart's picture is held to."""

from itertools import combinations

from sim.study.charts.style import SMALL


def assert_legible(figure, texts, overlap=1.0):
    """Nothing is cut off, no text is too small, none covers another by more than so many pixels."""
    figure.draw_without_rendering()
    boxes = {text: text.get_window_extent() for text in texts}
    width, height = figure.get_size_inches() * figure.dpi
    for text, box in boxes.items():
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= width, text
        assert box.y1 <= height, text
        assert text.get_fontsize() >= SMALL, text
    covered = [
        (one.get_text(), other.get_text())
        for (one, a), (other, b) in combinations(boxes.items(), 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > overlap and min(a.y1, b.y1) - max(a.y0, b.y0) > overlap
    ]
    assert not covered
