"""Sheets: tables as CSV that a spreadsheet may open without running anything."""

import csv
import io

# What a spreadsheet takes for a formula, also behind a tab or a carriage return.
_STARTS_FORMULA = ('=', '+', '-', '@', '\t', '\r')


def safe_cell(value):
    """Return a cell's text; what a spreadsheet would run or reckon stands behind an apostrophe. None is empty."""
    text = '' if value is None else str(value)
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text


def csv_text(rows):
    """Return rows of values as CSV, each line ended as RFC 4180 has it."""
    written = io.StringIO()
    csv.writer(written).writerows([safe_cell(value) for value in row] for row in rows)
    return written.getvalue()
