"""The colours of the style sheet can be read: 4.5 to 1 for text, 3 to 1 for shapes, in the light and in the dark."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / 'ivle/media/css/parts/tokens.css'
GROUNDS = ('page', 'surface', 'raised')
STATES = ('pass', 'fail', 'warn', 'info', 'accent')
CODE = ('keyword', 'string', 'number', 'comment', 'name', 'type')
THEMES = ('light', 'dark')

TEXT_PAIRS = [
    *(('text', ground) for ground in (*GROUNDS, *(f'{state}-soft' for state in STATES), 'code-line', 'code-selection')),
    *(('text-quiet', ground) for ground in (*GROUNDS, 'accent-soft', 'code-line')),
    *((state, ground) for state in STATES for ground in (*GROUNDS, f'{state}-soft', 'code-line')),
    *((state, 'accent-soft') for state in STATES),
    *((f'code-{part}', ground) for part in CODE for ground in ('surface', 'code-line')),
    ('accent-text', 'accent'),
    ('accent-text', 'accent-strong'),
    *(('accent-strong', ground) for ground in GROUNDS),
]
SHAPE_PAIRS = [
    *(('edge', ground) for ground in GROUNDS),
    *(('focus', ground) for ground in (*GROUNDS, 'accent-soft')),
    *((state, f'{state}-soft') for state in STATES),
]


def colours(theme):
    """Return the colours of a theme by role."""
    found = re.findall(r'--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);', TOKENS.read_text())
    return {name: (light, dark)[THEMES.index(theme)] for name, light, dark in found}


def luminance(colour):
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_counted_as_the_guidelines_count_it():
    assert contrast('#ffffff', '#000000') == pytest.approx(21)
    assert contrast('#767676', '#ffffff') == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize('theme', THEMES)
def test_every_text_can_be_read_on_every_ground_it_stands_on(theme):
    found = colours(theme)
    weak = {
        f'{text} on {ground}': round(contrast(found[text], found[ground]), 2)
        for text, ground in TEXT_PAIRS
        if contrast(found[text], found[ground]) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize('theme', THEMES)
def test_every_shape_can_be_seen_on_every_ground_it_stands_on(theme):
    found = colours(theme)
    weak = {
        f'{shape} on {ground}': round(contrast(found[shape], found[ground]), 2)
        for shape, ground in SHAPE_PAIRS
        if contrast(found[shape], found[ground]) < 3
    }
    assert weak == {}


def test_colours_stand_in_the_tokens_only():
    sheets = [path for path in TOKENS.parent.glob('*.css') if path != TOKENS]
    # Paper is white, and shadows are black, in any theme.
    allowed = {'#fff', '#000'}
    stray = {path.name: sorted(set(re.findall(r'#[0-9a-fA-F]{3,8}\b', path.read_text())) - allowed) for path in sheets}
    assert {name: found for name, found in stray.items() if found} == {}
