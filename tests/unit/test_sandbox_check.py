"""`ivle check` tells the truth: about this host, about one that lacks something, and about one where a wall is down."""

import json
import os
import resource
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import seccomp as libseccomp

from ivle.sandbox import box, check, readiness, seccomp, starter, tree
from ivle.sandbox.check import DEGRADED, FAIL, PASS, is_unsafe
from ivle.sandbox.host import identity_of_boxes
from ivle.sandbox.limits import Limits
from ivle.settings import Settings

SOURCE = Path(__file__).parents[2]
SAY = """
import dataclasses, json
from ivle.sandbox.check import run
from ivle.settings import Settings
print(json.dumps([dataclasses.astuple(finding) for finding in run(Settings())]))
"""


@pytest.fixture(scope='module')
def findings():
    """Return what the check finds on this host."""
    return check.run(Settings())


def states(findings):
    return {finding.name: finding.state for finding in findings}


def test_this_host_is_safe(findings):
    assert [finding for finding in findings if finding.state == FAIL] == []
    assert not is_unsafe(findings)


def test_everything_a_box_promises_is_tried(findings):
    assert set(states(findings)) == {
        'subversion', 'open files', 'user', 'files', 'read-only system', 'processes', 'network', 'sockets', 'privileges',
        'system calls', 'descriptors', 'memory', 'file size', 'open files in a box', 'core dumps', '/tmp', 'pysvn', 'locale',
        'leftovers', 'process count', 'memory of a box', 'processor time', 'control groups', 'ready boxes', 'python',
    }  # fmt: skip


def test_a_finding_that_is_not_good_says_how_to_mend_it(findings):
    assert [finding.name for finding in findings if finding.state != PASS and not finding.mend] == []


def test_what_a_check_left_whose_process_was_killed_is_removed(data):
    Path(data, 'ivle-check-killed', 'accounts').mkdir(parents=True)
    Path(data, 'svn-1.sock').touch()
    check.remove_leftovers(Path(data))
    assert os.listdir(data) == ['svn-1.sock']


def test_a_check_leaves_nothing_where_it_was_told_to_work(data):
    Path(data).chmod(0o711)
    assert check.broken_walls(Settings(), Path(data)) == []
    assert os.listdir(data) == []


def test_a_host_without_bubblewrap_is_unsafe_and_told_why():
    found = check.run(replace(Settings(), bwrap='/nowhere/bwrap'))
    assert is_unsafe(found)
    assert found[0].state == FAIL
    assert 'apt-get install bubblewrap' in found[0].sentence


def test_a_host_without_subversion_is_unsafe(monkeypatch):
    monkeypatch.setattr(shutil, 'which', lambda name: None)
    found = {finding.name: finding for finding in check.run(replace(Settings(), bwrap='/nowhere/bwrap'))}
    assert (found['subversion'].state, found['subversion'].mend) == (FAIL, 'apt-get install subversion')


def test_a_site_without_control_groups_is_told_what_holds_its_boxes_instead_and_why():
    found = {finding.name: finding for finding in check.run(replace(Settings(), cgroups='off'))}
    assert found['control groups'].state == DEGRADED
    assert 'looked at from outside' in found['control groups'].sentence
    assert 'ivle.sandbox.cgroups is off.' in found['control groups'].sentence
    assert found['memory of a box'].state == PASS


def test_a_module_that_cannot_be_imported_is_a_warning():
    found = [finding for finding in check.run(replace(Settings(), preload=('json', 'nonesuch'))) if finding.name == 'preload']
    assert [finding.state for finding in found] == [DEGRADED]
    assert 'nonesuch of ivle.sandbox.preload cannot be imported in Python 3.' in found[0].sentence


def test_a_python_that_students_cannot_have_is_told_and_the_walls_are_tried_all_the_same():
    found = {finding.name: finding for finding in check.run(replace(Settings(), python='/nowhere/python3'))}
    assert (found['python'].state, found['files'].state) == (FAIL, PASS)
    assert 'Python is not at /nowhere/python3' in found['python'].sentence


def test_few_open_files_are_a_warning(monkeypatch):
    monkeypatch.setattr(check.resource, 'getrlimit', lambda number: (1024, 1024))
    found = states(check.run(replace(Settings(), bwrap='/nowhere/bwrap')))
    assert found['open files'] == DEGRADED


# Each takes one wall away and names the findings that must notice.
@pytest.fixture
def open_filter():
    """Return a filter of system calls that allows everything."""
    with open(os.memfd_create('filter'), 'w+b') as file:
        libseccomp.SyscallFilter(defaction=libseccomp.ALLOW).export_bpf(file)
        file.seek(0)
        return file.read()


def test_a_filter_that_allows_everything_is_noticed(monkeypatch, open_filter):
    monkeypatch.setattr(seccomp, 'program', lambda: open_filter)
    found = states(check.run(Settings()))
    assert (found['system calls'], found['network']) == (FAIL, FAIL)


def test_a_writable_system_is_noticed(monkeypatch):
    monkeypatch.setattr(box, 'system_words', lambda *given: [*tree.system_words(*given), '--tmpfs', '/dev'])
    assert states(check.run(Settings()))['read-only system'] == FAIL


def test_a_shared_network_namespace_is_noticed(monkeypatch):
    monkeypatch.setattr(starter, 'OWN_NETWORK', ())
    monkeypatch.setattr(starter.Starter, '_make_network', lambda self: None)
    assert states(check.run(Settings()))['sockets'] == FAIL


def test_limits_that_are_not_set_are_noticed(monkeypatch):
    monkeypatch.setattr(Limits, 'put_on', lambda limits, pid: resource.prlimit(pid, resource.RLIMIT_CPU, (3, 3)))
    monkeypatch.setattr(box, 'PROCESSES', 'NOT_SAID')
    found = states(check.run(Settings()))
    assert {found[name] for name in ('memory', 'file size', 'open files in a box', 'core dumps', 'process count')} == {FAIL}


@pytest.mark.skipif(os.geteuid() != 0, reason='an ordinary user keeps no boxes ready in a process that may not mount')
def test_a_ready_box_without_its_filters_is_noticed(monkeypatch, open_filter):
    monkeypatch.setattr(seccomp, 'programs_of_prepared_box', lambda: (open_filter, open_filter))
    found = {finding.name: finding for finding in check.run(Settings())}
    assert (found['ready boxes'].state, found['system calls'].state) == (FAIL, PASS)
    assert 'system calls' in found['ready boxes'].sentence


def test_boxes_that_are_made_one_by_one_are_a_warning_with_the_reason():
    found = {finding.name: finding for finding in check.run(replace(Settings(), pool=0))}
    assert (found['ready boxes'].state, found['user'].state) == (DEGRADED, DEGRADED)
    assert 'ivle.sandbox.pool is 0' in found['ready boxes'].sentence


@pytest.mark.parametrize(
    ('line', 'said'),
    [('jdoe:2000000100:10', True), ('jdoe:100000:65536', False), ('jdoe:2000065536:1', False), ('jdoe:x:1', False)],
)
def test_a_range_of_user_ids_that_somebody_else_has_is_a_warning(monkeypatch, tmp_path, line, said):
    (tmp_path / 'subuid').write_text(f'{line}\n')
    monkeypatch.setattr(readiness, '_SUBORDINATE', tmp_path / 'subuid')
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    assert ('jdoe' in readiness.user(Settings(), None).sentence) is said


@pytest.fixture
def readable_source():
    """Return a copy of what the check is made of, which an ordinary user may read."""
    with tempfile.TemporaryDirectory(prefix='source-') as folder:
        os.chmod(folder, 0o755)
        shutil.copytree(SOURCE / 'ivle' / 'sandbox', Path(folder, 'ivle', 'sandbox'))
        for name in ('__init__.py', 'chat.py', 'kernel.py', 'settings.py'):
            shutil.copy(SOURCE / 'ivle' / name, Path(folder, 'ivle', name))
        Path(folder, 'services').mkdir()
        shutil.copy(SOURCE / 'services' / 'limited.py', Path(folder, 'services'))
        subprocess.run(['chmod', '-R', 'a+rX', folder], check=True)
        yield folder


def test_an_ordinary_user_s_host_is_safe_too(readable_source):
    result = subprocess.run(
        ['/usr/bin/python3', '-c', SAY],
        cwd=readable_source,
        env={'PATH': os.environ['PATH'], 'TMPDIR': '/tmp', 'PYTHONDONTWRITEBYTECODE': '1'},
        capture_output=True,
        check=True,
        **identity_of_boxes(Settings()),
    )
    found = {name: state for name, state, *_ in json.loads(result.stdout)}
    assert [name for name, state in found.items() if state == FAIL] == []
    assert found['user'] == DEGRADED
