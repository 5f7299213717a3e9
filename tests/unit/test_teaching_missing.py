"""What a worksheet names that is not there, and on which line it names it."""

import pytest

from ivle.teaching.missing import line_with, missing_in
from ivle.teaching.worksheet import render

SOURCE = 'See fac-2.\n\n```{exercise} fac\n```\n\n![A tree](data/my%20tree.png)\n\n[Numbers](n.csv)\n'


def test_what_is_not_there_is_told_in_the_order_of_its_lines():
    assert missing_in(SOURCE, render(SOURCE, 'md'), {}, ()) == [
        'Line 3: the bank has no exercise called fac.',
        'Line 6: there is no file data/my tree.png in this worksheet: upload it, or correct the name.',
        'Line 8: there is no file n.csv in this worksheet: upload it, or correct the name.',
    ]


def test_what_is_there_is_not_told():
    assert missing_in(SOURCE, render(SOURCE, 'md'), {'fac': 'Factorial'}, ('data/my tree.png', 'n.csv')) == []


@pytest.mark.parametrize(
    ('source', 'line'),
    [('a\nxfig.png\nfig.png', 3), ('xfig.png', 1), ('![](./fig.png)', 1), ('a/fig.png\n(fig.png)', 2), ('fig&#46;png', None)],
)
def test_a_name_is_looked_for_by_itself_first(source, line):
    assert line_with(source, 'fig.png') == line


def test_a_name_whose_line_is_not_known_is_told_all_the_same():
    source = '![](fig&#46;png)'
    assert missing_in(source, render(source, 'md'), {}, ()) == [
        'There is no file fig.png in this worksheet: upload it, or correct the name.'
    ]
