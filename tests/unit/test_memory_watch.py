"""Control groups are looked at one after the other, each as often as the others."""

import time

from ivle.sandbox import memory
from ivle.sandbox.memory import MemoryWatch

BOXES = 50


class Box:
    """A box in a control group, which counts how often it is looked at."""

    def __init__(self, looks):
        self.group, self._looks = self, looks
        self.is_over = self.was_removed = False

    def poll(self):
        self._looks.append(self)
        return 0 if self.is_over else None

    def struck(self):
        return None

    def remove(self):
        self.was_removed = True
        return True


def looked_at(monkeypatch):
    """Return (boxes, the looks at them) of a MemoryWatch, and the watch, which works ten times as fast as always."""
    monkeypatch.setattr(memory, '_LOOK_SECONDS', 0.005)
    monkeypatch.setattr(memory, '_GROUP_SECONDS', 0.1)
    watch, looks = MemoryWatch(), []
    boxes = [Box(looks) for _ in range(BOXES)]
    for box in boxes:
        watch.add(box, 1)
    return watch, boxes, looks


def test_none_is_looked_at_again_before_all_others_were(monkeypatch):
    watch, boxes, looks = looked_at(monkeypatch)
    deadline = time.monotonic() + 120
    while len(looks) < 4 * BOXES and time.monotonic() < deadline:
        time.sleep(0.01)
    watch.close()
    # The first round may have begun when only some were there; at the end all are looked at once more.
    whole = looks[BOXES : 3 * BOXES]
    assert all(whole.count(box) == 2 for box in boxes)


def test_what_has_ended_is_removed_and_not_looked_at_again(monkeypatch):
    watch, boxes, looks = looked_at(monkeypatch)
    boxes[7].is_over = True
    deadline = time.monotonic() + 120
    while not boxes[7].was_removed and time.monotonic() < deadline:
        time.sleep(0.01)
    count = len(looks)
    while len(looks) < count + 3 * BOXES and time.monotonic() < deadline:
        time.sleep(0.01)
    watch.close()
    assert looks.count(boxes[7]) == 1
    assert looks.count(boxes[8]) >= 3


def test_when_it_is_closed_all_that_have_ended_are_removed(monkeypatch):
    watch, boxes, _ = looked_at(monkeypatch)
    for box in boxes:
        box.is_over = True
    watch.close()
    assert all(box.was_removed for box in boxes)
