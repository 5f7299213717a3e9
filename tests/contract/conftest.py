"""Consoles for the contract tests: each test runs against the bare program and against a real box."""

import pytest

from tests.contract.consoles import as_process, in_box


@pytest.fixture(params=[as_process, in_box], ids=['process', 'box'])
def open_console(request, data):
    """Return a function that opens a console with limits of the test's choice."""
    return lambda **limits: request.param(data, **limits)


@pytest.fixture
def console(open_console):
    """Return a fresh console."""
    with open_console() as conversation:
        yield conversation
