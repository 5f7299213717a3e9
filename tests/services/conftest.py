"""A running host for the tests of a file, and the consoles of its two students."""

import pytest

from tests.services.sandbox_host import SandboxHost, a_place_for_all


@pytest.fixture(scope='module')
def host(tmp_path_factory):
    with SandboxHost(a_place_for_all(tmp_path_factory)) as running:
        yield running


@pytest.fixture
def mine(host):
    """Return the consoles of studenta, none at first."""
    yield host.console('studenta')
    host.ask(end={'login': 'studenta'})


@pytest.fixture
def theirs(host):
    """Return the consoles of studentb, none at first."""
    yield host.console('studentb')
    host.ask(end={'login': 'studentb'})
