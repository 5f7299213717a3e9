"""Sheets: nothing in a CSV is a formula to whoever opens it."""

import csv
import io

import pytest

from ivle.teaching.sheets import csv_text, safe_cell


@pytest.mark.parametrize('text', ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])
def test_what_a_spreadsheet_would_run_stands_behind_an_apostrophe(text):
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize(('value', 'text'), [('Ann', 'Ann'), (3, '3'), (0, '0'), (None, ''), ('a=b', 'a=b'), (0.5, '0.5')])
def test_everything_else_stays_as_it_is(value, text):
    assert safe_cell(value) == text


def test_cells_with_commas_quotes_and_lines_come_back_as_they_were():
    rows = [['login', 'name'], ['jdoe', 'Doe, "Jane"\nof Ghent'], ['zoé', 'Zoé 😀']]
    assert list(csv.reader(io.StringIO(csv_text(rows), newline=''))) == rows


def test_a_formula_behind_a_comma_is_safe_too():
    assert csv_text([['a', '=cmd|x']]) == "a,'=cmd|x\r\n"
