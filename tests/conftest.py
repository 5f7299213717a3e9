"""What every test shares: a private place for temporary files, free ports, a running site, and a look at what is left behind."""

import os
import shutil
import tempfile

import hypothesis
import pytest

from ivle.hosts.boxes import end_boxes
from ivle.scripts.sample import PEOPLE
from tests import leaks
from tests.site import RunningSite, free_ports

TEMPLATES = 'CHAMELEON_CACHE'
# A machine may be slow.
hypothesis.settings.register_profile('any machine', deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile('any machine')


def pytest_configure(config):
    """Have each template compiled once in a run: else every site of every file compiles all that it shows anew.

    Who distributes a run comes first; its workers, and the sites they start, have the place from their environment.
    """
    if TEMPLATES not in os.environ:
        os.environ[TEMPLATES] = tempfile.mkdtemp(prefix='ivle-templates-')
        config.add_cleanup(_forget_templates)


def _forget_templates():
    shutil.rmtree(os.environ.pop(TEMPLATES))


@pytest.fixture(scope='session', autouse=True)
def nothing_is_left():
    """Give the run a temporary directory of its own, and fail when processes, mounts, descriptors or files outlive the tests."""
    before = leaks.Belongings.now()
    outer = {name: os.environ.get(name) for name in ('TMPDIR', leaks.MARK)}
    # Short, for socket paths; others may pass through it, for servers that run as another user.
    place = tempfile.mkdtemp(prefix='ivle-tests-', dir='/tmp')
    os.chmod(place, 0o711)
    os.environ.update({'TMPDIR': place, leaks.MARK: place})
    tempfile.tempdir = None
    try:
        yield place
        left = leaks.what_is_left(place, before)
    finally:
        for name, value in outer.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})
        tempfile.tempdir = None
        shutil.rmtree(place, ignore_errors=True)
    assert not left, 'left behind by the tests:\n' + '\n'.join(left)


@pytest.fixture
def data():
    """Return a fresh directory for a site's data."""
    with tempfile.TemporaryDirectory(prefix='data-') as place:
        yield place


@pytest.fixture
def port():
    """Return a port that is free, and so are the two above it."""
    return free_ports()


@pytest.fixture(scope='session')
def site_of_the_run():
    """Return one real site with the sample data, started once for all tests that ask for `site`."""
    with tempfile.TemporaryDirectory(prefix='site-') as data, RunningSite(data) as running:
        yield running


@pytest.fixture(scope='module')
def site(site_of_the_run):
    """Return the address book of one real site. Its consoles end with the module: a person may have a few only."""
    yield site_of_the_run
    settings = site_of_the_run.read_settings()
    for login in PEOPLE:
        end_boxes(settings, login)
