"""A whole site as processes: it starts, says why when it cannot, survives its daemons, and takes everything along at its end."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import tempfile
import time
from pathlib import Path

import pytest

from ivle.teaching.course import read_course
from tests.leaks import processes_of
from tests.site import ROOT, RunningSite

# Each process has seconds of its own to end in; a site that waited for a console would wait for minutes.
STOP_SECONDS = 60.0


@pytest.fixture
def bare(data):
    """Return a site without sample data, not started yet."""
    site = RunningSite(data, sample='false')
    yield site
    site.stop()


@pytest.fixture(scope='module')
def sampled():
    """Return a running site with sample data that tests of this module may mistreat."""
    with tempfile.TemporaryDirectory(prefix='mistreated-') as place, RunningSite(place) as site:
        yield site


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, 'it did not happen in time'
        time.sleep(0.05)


def failed_start(site):
    """Return what a site that cannot start says."""
    others = _pids_of(site)
    site.launch()
    try:
        status, said = site.wait()
    finally:
        site.stop()
    assert status == 1, said
    assert 'Traceback' not in said
    # Its daemons would go on for a moment, and make files where the next start is under way.
    assert _pids_of(site) <= others
    return said


def _pids_of(site):
    return {pid for pid, _ in processes_of(site.data)}


# -- starting ---------------------------------------------------------------------------------------


def test_a_site_says_where_it_serves_and_is_well(sampled):
    answer = sampled.visitor().get_json('/health')
    assert (answer.status, answer.json['status']) == (200, 'ok')


def test_a_second_start_makes_nothing_anew(bare):
    bare.start()
    made = {path: path.stat().st_mtime_ns for path in Path(bare.data, 'secrets').iterdir()}
    bare.stop()
    bare.start()
    assert {path: path.stat().st_mtime_ns for path in Path(bare.data, 'secrets').iterdir()} == made
    assert len(made) == 4


def test_the_data_is_for_the_site_alone(sampled):
    modes = {name: Path(sampled.data, name).stat().st_mode & 0o777 for name in ('run', 'secrets', 'log', 'ivle.db')}
    assert modes == {'run': 0o700, 'secrets': 0o700, 'log': 0o700, 'ivle.db': 0o600}


@pytest.mark.parametrize('setting', [{'prot': '80'}, {'threads': 'many'}, {'clients': 'login nosuch'}, {'mode': 'test'}], ids=str)
def test_a_bad_setting_is_named_in_one_line(data, setting, monkeypatch):
    # Where templates are kept would be another line.
    monkeypatch.delenv('CHAMELEON_CACHE', raising=False)
    said = failed_start(RunningSite(data, sample='false', **setting))
    name = list(setting)[0]
    assert len(said.strip().splitlines()) == 1
    assert f'ivle.{name}' in said or f'IVLE_{name.upper()}' in said


def test_a_port_that_another_program_has_is_named(data, port):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', port))
        taken.listen()
        said = failed_start(RunningSite(data, sample='false', port=str(port)))
    assert f'ivle.port = {port}: another program has that port' in said


def test_a_gateway_port_that_another_program_has_is_named(data, port):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', port + 1))
        taken.listen()
        said = failed_start(RunningSite(data, sample='false', port=str(port)))
    assert f'ivle.gateway.port = {port + 1}: another program has that port' in said


def test_two_sites_do_not_share_their_data(sampled):
    said = failed_start(RunningSite(sampled.data, sample='false'))
    assert f'in use by another IVLE (process {sampled.process.pid})' in said


def test_a_data_directory_that_cannot_be_made_is_named(data):
    Path(data, 'file').write_text('')
    assert 'ivle.data' in failed_start(RunningSite(Path(data, 'file', 'below'), sample='false'))


def test_a_machine_without_bubblewrap_says_what_to_install(data):
    said = failed_start(RunningSite(data, sample='false', **{'sandbox.bwrap': '/nowhere/bwrap'}))
    assert 'apt-get install bubblewrap' in said


# -- production -------------------------------------------------------------------------------------


def production(data, **settings):
    return RunningSite(data, ini='production.ini', **settings)


def test_production_runs_with_its_own_ini_file(data):
    with production(data) as site:
        assert site.visitor().get_json('/health').status == 200


def test_production_refuses_to_make_a_sample(data):
    assert 'ivle.sample = true cannot be used in production' in failed_start(production(data, sample='true'))


def test_production_refuses_people_with_the_password_of_the_sample(sampled, data):
    with (
        contextlib.closing(sqlite3.connect(sampled.data / 'ivle.db')) as people,
        contextlib.closing(sqlite3.connect(Path(data, 'ivle.db'))) as copy,
    ):
        people.backup(copy)
    said = failed_start(production(data))
    assert 'admin, lecturer, studenta, studentb, tutor of the sample can sign in with the password that everybody knows' in said


def test_production_refuses_a_placeholder_for_a_secret(data):
    secret = Path(data, 'secrets', 'cookie')
    secret.parent.mkdir(mode=0o700)
    secret.write_text('x' * 32)
    secret.chmod(0o600)
    assert 'too short or a placeholder' in failed_start(production(data))


def test_production_refuses_to_listen_to_the_world_without_https(data):
    assert 'without https' in failed_start(production(data, host='0.0.0.0'))


# -- ending -----------------------------------------------------------------------------------------


def group_signal(site, number):
    os.killpg(site.process.pid, number)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize('send', [RunningSite.signal, group_signal], ids=['web', 'group'])
def test_a_signal_ends_every_process(bare, number, send):
    bare.start()
    before = time.monotonic()
    send(bare, number)
    assert bare.process.wait(STOP_SECONDS) == 0
    assert processes_of(bare.data) == []
    assert time.monotonic() - before < STOP_SECONDS


@contextlib.contextmanager
def ignored(number):
    """Ignore a signal meanwhile; what is started then ignores it as well."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


def test_an_interrupt_ends_a_site_that_a_script_has_put_in_the_background(bare):
    with ignored(signal.SIGINT):
        bare.start()
    bare.signal(signal.SIGINT)
    assert bare.process.wait(STOP_SECONDS) == 0


def test_a_site_under_nohup_outlives_its_terminal(bare):
    with ignored(signal.SIGHUP):
        bare.start()
    group_signal(bare, signal.SIGHUP)
    assert bare.visitor().get_json('/health').status == 200


def test_a_killed_web_process_leaves_no_orphan(sampled):
    studenta = sampled.person('studenta')
    studenta.post('/console/@@start', {'cwd': '/151'})
    studenta.get('/files/~/151')
    sampled.signal(signal.SIGKILL)
    sampled.process.wait()
    wait_for(lambda: processes_of(sampled.data) == [], STOP_SECONDS)
    sampled.start()
    assert studenta.get('/files/~/151').status == 200


def test_an_interrupt_ends_open_consoles_as_well(sampled):
    studenta = sampled.person('studenta')
    key = studenta.post('/console/@@start', {'cwd': '/151'}).json['key']
    studenta.post(f'/console/{key}/@@chat', {'cmd': 'chat', 'text': 'import time; time.sleep(600)'})
    sampled.signal(signal.SIGINT)
    assert sampled.process.wait(STOP_SECONDS) == 0
    assert processes_of(sampled.data) == []
    sampled.start()


# -- bad days ---------------------------------------------------------------------------------------


@pytest.mark.parametrize('daemon', ['sandbox-server', 'usrmgt-server', 'gateway', 'worker'])
def test_a_killed_daemon_comes_back_by_itself(sampled, daemon):
    before = sampled.children()[daemon]
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: sampled.children().get(daemon, before) != before)
    wait_for(lambda: sampled.visitor().get_json('/health').status == 200)


def test_files_answer_again_after_sandbox_server_was_killed(sampled):
    studenta = sampled.person('studenta')
    studenta.get('/files/~/151')
    os.kill(sampled.children()['sandbox-server'], signal.SIGKILL)
    answer = studenta.get_json('/files/~/151')
    assert answer.status in (200, 503)
    wait_for(lambda: studenta.get_json('/files/~/151').status == 200)


# -- the sample -------------------------------------------------------------------------------------


def test_each_student_has_a_history_and_nothing_unsaved(sampled):
    for login in ('studenta', 'studentb'):
        person = sampled.person(login)
        entries = {entry['name']: entry['version']['state'] for entry in person.get_json('/files/~/151').json['entries']}
        assert entries == {'hello.py': 'normal', 'proj1': 'normal'}
        assert len(person.get_json('/files/~/151/@@log').json['revisions']) >= 4
        assert [entry['name'] for entry in person.get_json('/files/~/stuff').json['entries']] == ['note.txt']


def test_everybody_takes_the_part_that_the_sample_gives_them(sampled):
    parts = {
        login: sampled.person(login).get_json('/profile').json['enrolments']
        for login in ('lecturer', 'tutor', 'studenta', 'studentb', 'admin')
    }
    shown = {login: sorted((part['offering'], part['role']) for part in found) for login, found in parts.items()}
    assert shown == {
        'lecturer': [('151/2026/s1', 'lecturer'), ('152/2026/s1', 'lecturer')],
        'tutor': [('151/2026/s1', 'tutor')],
        'studenta': [('151/2026/s1', 'student')],
        'studentb': [('151/2026/s1', 'student'), ('152/2026/s1', 'student')],
        'admin': [],
    }


def test_the_sample_teaches_with_the_course_that_is_in_the_source(sampled, tmp_path):
    said = sampled.command('course', 'export', '151/2026/s1', str(tmp_path / 'course'))
    assert said.stdout.startswith('1 worksheet and 3 exercises were written')
    assert read_course(tmp_path / 'course') == read_course(ROOT / 'ivle/scripts/sample_files/course/151')
    assert sampled.command('course', 'export', '152/2026/s1', str(tmp_path / 'other')).stdout.startswith('0 worksheets')


@pytest.mark.parametrize('seconds', [0.4, 1.2, 2.0])
def test_a_sample_that_was_interrupted_is_finished_at_the_next_start(data, seconds):
    site = RunningSite(data)
    site.launch()
    try:
        wait_for(lambda: Path(data, 'run', 'sandbox.sock').exists())
        time.sleep(seconds)
        site.process.kill()
    finally:
        site.stop()
    wait_for(lambda: processes_of(data) == [])
    with site:
        person = site.person('studentb')
        entries = {entry['name']: entry['version']['state'] for entry in person.get_json('/files/~/151').json['entries']}
        messages = [revision['message'] for revision in person.get_json('/files/~/151/@@log').json['revisions']]
    assert entries == {'hello.py': 'normal', 'proj1': 'normal'}
    assert len(messages) == len(set(messages))


# -- the command ------------------------------------------------------------------------------------


def test_a_person_made_at_the_terminal_can_sign_in_and_work(sampled):
    said = sampled.command('user', 'add', 'newcomer', '--name', 'New Comer')
    password = said.stdout.splitlines()[0].split(': ')[1]
    visitor = sampled.visitor()
    visitor.get('/login')
    first = visitor.submit('/login', login='newcomer', password=password, next='', new_password='three quiet words')
    assert (said.returncode, first.status) == (0, 303)
    assert visitor.get_json('/files/~').json['entries'] == []


def test_a_disabled_person_is_out_at_once(sampled):
    sampled.command('user', 'add', 'leaver')
    token = sampled.command('token', 'leaver', '--name', 'script').stdout.strip()
    script = sampled.visitor()
    script.token = token
    assert script.get_json('/files/~').status == 200
    assert sampled.command('user', 'disable', 'leaver').returncode == 0
    assert script.get_json('/files/~').status == 401
    assert sampled.command('user', 'enable', 'leaver').returncode == 0
    assert script.get_json('/files/~').status == 200


@pytest.mark.parametrize(
    ('words', 'sentence'),
    [
        (('token', 'nobody', '--name', 'x'), 'There is no account called nobody'),
        (('user', 'add', 'studenta'), 'There is already somebody called studenta'),
        (('user', 'disable', 'nobody'), 'There is no account called nobody'),
        (('user', 'password', 'nobody'), 'There is no account called nobody'),
    ],
    ids=lambda value: ' '.join(value) if isinstance(value, tuple) else '',
)
def test_what_the_command_cannot_do_it_says_in_one_line(sampled, words, sentence):
    said = sampled.command(*words)
    assert said.returncode == 1 and sentence in said.stderr and len(said.stderr.strip().splitlines()) == 1


def test_a_command_that_needs_the_daemons_says_so_when_the_site_does_not_run(bare):
    said = bare.command('user', 'add', 'newcomer')
    assert said.returncode == 1
    assert 'start it first' in said.stderr
    assert bare.command('user', 'list').stdout == ''


def test_the_list_of_people_has_everybody(sampled):
    lines = sampled.command('user', 'list').stdout.splitlines()
    assert {'admin', 'lecturer', 'studenta', 'studentb', 'tutor'} <= {line.split('\t')[0] for line in lines}
    assert any(line.startswith('admin\t') and line.endswith('administrator') for line in lines)


def test_the_check_passes_here_and_fails_without_bubblewrap(bare):
    fine = bare.command('check')
    assert fine.returncode == 0 and 'can run student programs safely' in fine.stdout
    bare.settings['sandbox.bwrap'] = '/nowhere/bwrap'
    missing = bare.command('check')
    assert missing.returncode == 1 and 'apt-get install bubblewrap' in missing.stdout


def test_health_says_what_does_not_work(bare):
    bare.settings['embedded'] = 'false'
    bare.start()
    answer = bare.visitor().get_json('/health')
    assert (answer.status, json.loads(answer.body)['status']) == (503, 'degraded')
