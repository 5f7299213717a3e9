"""How unprivileged children reach data that others may not enter."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ivle.sandbox.places import Places, PlacesError, _quiet_place
from ivle.settings import Settings

# In a process of its own: a mount namespace is for ever. The child is what svnserve and bubblewrap are to a daemon.
DAEMON = """
import json, os, subprocess, sys
from pathlib import Path
from ivle.sandbox.host import identity_of_boxes
from ivle.sandbox.places import Places
from ivle.settings import Settings

settings = Settings(data=Path(sys.argv[1]))
places = Places(settings)
places.enter()
places.enter()
note = places.path('accounts', 'jdoe', 'note.txt')
read = subprocess.run(['cat', note], capture_output=True, text=True, **identity_of_boxes(settings))
print(json.dumps({'read': read.stdout, 'repositories': os.path.isdir(places.path('repositories')),
                  'environments': os.path.isdir(places.path('environments'))}))
"""


@pytest.fixture
def closed_data(data):
    """Return data that only its owner may enter."""
    place = Path(data, 'closed', 'data')
    account = place / 'accounts' / 'jdoe'
    account.mkdir(parents=True)
    (place / 'repositories').mkdir()
    (place / 'environments').mkdir()
    (account / 'note.txt').write_text('mine')
    (place / 'secrets').mkdir()
    Path(data, 'closed').chmod(0o700)
    return place


@pytest.fixture
def said(closed_data):
    """Return what a daemon says that has entered its places."""
    result = subprocess.run(
        [sys.executable, '-c', DAEMON, closed_data], cwd=Path(__file__).parents[2], capture_output=True, check=True
    )
    return json.loads(result.stdout)


def test_an_unprivileged_child_reaches_the_accounts_the_repositories_and_the_environments(said):
    assert (said['read'], said['repositories'], said['environments']) == ('mine', True, True)


def test_nothing_of_it_is_seen_outside(said, closed_data):
    assert said['read'] == 'mine'
    assert str(closed_data) not in Path('/proc/self/mountinfo').read_text()


def test_before_it_is_entered_a_place_is_where_the_data_is(closed_data):
    assert Places(Settings(data=closed_data)).path('accounts', 'jdoe') == closed_data / 'accounts' / 'jdoe'


def test_the_place_of_the_data_is_not_covered_by_itself():
    assert _quiet_place('/mnt/disk/ivle') != Path('/mnt')


def test_the_python_of_students_is_not_covered():
    assert _quiet_place('/data', '/mnt/python/bin/python3') != Path('/mnt')


def test_data_in_the_root_leaves_no_doubt():
    assert _quiet_place('/data') in (Path('/mnt'), Path('/media'), Path('/srv'), Path('/opt'))


def test_a_host_without_a_quiet_place_is_told(monkeypatch):
    monkeypatch.setattr('ivle.sandbox.places._QUIET', ('/nowhere',))
    with pytest.raises(PlacesError, match='no quiet place'):
        _quiet_place('/data')


def test_a_process_with_threads_may_not_enter(closed_data, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    monkeypatch.setattr(os, 'listdir', lambda path: ['1', '2'])
    with pytest.raises(PlacesError, match='before the daemon starts threads'):
        Places(Settings(data=closed_data)).enter()
