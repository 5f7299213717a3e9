"""What may be asked of a box, and what its starter does before there is one."""

import errno
import json
import os
import resource
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ivle import kernel
from ivle.accounts.homes import Homes
from ivle.sandbox import cgroups, host
from ivle.sandbox.box import SOURCE, Launcher
from ivle.sandbox.host import SandboxUnavailable, as_user_of_boxes, explain, identity_of_boxes
from ivle.sandbox.limits import Limits
from ivle.sandbox.programs import LIMITS_ITSELF, PROGRAMS, Program
from ivle.sandbox.spec import BoxSpec, HomeMissing
from ivle.sandbox.started import Box, _parse
from ivle.settings import Settings

TELLER = Program(('tells.py', LIMITS_ITSELF), on_students_python=False)


@pytest.fixture
def settings(data):
    return Settings(data=Path(data))


@pytest.mark.parametrize('login', ['', '..', '.', '../asmith', 'a/b', '-a', 'A', 'a\n', 'a:b', 'a\0b', 'é'])
def test_what_is_not_a_login_gets_no_box(login):
    with pytest.raises(ValueError, match='not a login'):
        BoxSpec('serveservice', login)


@pytest.mark.parametrize('wish', [{'sees': 'everything'}, {'access': 'execute'}])
def test_a_box_sees_and_may_do_only_what_there_is_a_word_for(wish):
    with pytest.raises(ValueError, match='a box sees'):
        BoxSpec('serveservice', 'jdoe', **wish)


def test_a_file_service_has_no_home_of_the_student_s():
    spec = BoxSpec('fileservice', 'jdoe', sees='account')
    assert (spec.place, spec.environment['HOME']) == ('/account', '/tmp')


def test_every_program_of_a_box_is_in_the_source():
    assert [path for program in PROGRAMS.values() for path in program.sources if not (SOURCE / path).exists()] == []


@pytest.mark.parametrize(
    'change, words',
    [
        ({'bwrap': '/nowhere/bwrap'}, 'apt-get install bubblewrap'),
        ({'python': '/nowhere/python3'}, 'apt-get install python3'),
        ({'bwrap': '/usr/bin/false'}, 'it said nothing'),
        ({'bwrap': '/etc/passwd'}, 'bubblewrap is not at /etc/passwd'),
    ],
)
def test_a_host_that_lacks_something_is_told_what(settings, change, words):
    launcher = Launcher(replace(settings, **change), programs={})
    with pytest.raises(SandboxUnavailable) as refusal:
        launcher.prepare()
    launcher.close()
    assert words in str(refusal.value)


def test_a_missing_program_is_named(settings):
    with pytest.raises(SandboxUnavailable, match='services/nothing cannot be read'):
        Launcher(settings, programs={'nothing': Program(('services/nothing',))}).prepare()


def test_a_box_is_never_made_for_the_superuser(settings, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    with pytest.raises(SandboxUnavailable, match='never made for the superuser'):
        Launcher(replace(settings, sandbox_uid=0)).prepare()


def test_the_superuser_starts_boxes_as_somebody_else(settings, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    assert identity_of_boxes(settings) == {'user': 20000, 'group': 20000, 'extra_groups': []}


def test_an_ordinary_user_starts_boxes_as_themselves(settings, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: 1000)
    assert identity_of_boxes(settings) == {}


IDENTITY = 'grep -E "^(Uid|Gid|Groups|Cap(Prm|Eff|Amb)):" /proc/self/status'
OF_A_BOX = """
Uid: 20000 20000 20000 20000
Gid: 20000 20000 20000 20000
Groups:
CapPrm: 0000000000000000
CapEff: 0000000000000000
CapAmb: 0000000000000000
"""


def identity_of_thread():
    return os.getresuid(), os.getresgid(), os.getgroups()


@pytest.fixture
def member_of_a_group():
    before = os.getgroups()
    os.setgroups([4])
    yield
    os.setgroups(before)


@pytest.mark.skipif(os.geteuid() != 0, reason='only the superuser can be somebody else')
def test_what_a_thread_starts_as_the_user_of_boxes_has_nothing_of_the_superuser(settings, member_of_a_group):
    def tell():
        # The most there can be to hand on.
        kernel.hand_capabilities_on()
        with as_user_of_boxes(settings) as options:
            return subprocess.run(['/bin/sh', '-c', IDENTITY], capture_output=True, text=True, **options).stdout

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(tell).result().split() == OF_A_BOX.split()


@pytest.mark.skipif(os.geteuid() != 0, reason='only the superuser can be somebody else')
def test_no_other_thread_is_the_user_of_boxes_and_this_one_only_for_a_moment(settings, member_of_a_group):
    before = identity_of_thread()
    with ThreadPoolExecutor(1) as other:
        # A thread is as who makes it; this one is made before.
        other.submit(identity_of_thread).result()
        with as_user_of_boxes(settings):
            meanwhile = identity_of_thread()
            elsewhere = other.submit(identity_of_thread).result()
    assert meanwhile == ((20000, 20000, 0), (20000, 20000, 20000), [])
    assert (elsewhere, identity_of_thread()) == (before, before)


def test_a_processor_whose_calls_are_not_known_gets_an_ordinary_user_by_popen(settings, monkeypatch):
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    monkeypatch.setattr(host, '_IDENTITY_CALLS', None)
    with as_user_of_boxes(settings) as options:
        assert options == identity_of_boxes(settings)


@pytest.fixture
def one_account(data):
    """Return settings with the account `jdoe` and nothing else."""
    settings = Settings(data=Path(data))
    (settings.data / 'accounts').mkdir(mode=0o711)
    settings.data.chmod(0o711)
    Homes(settings).make('jdoe')
    return settings


def test_a_box_finds_its_group_made_while_the_one_before_was_started(one_account, monkeypatch):
    launcher = Launcher(one_account, programs={'one': Program(('bench/one.py',), on_students_python=False)})
    launcher.prepare()
    launcher.groups = launcher.groups or pytest.skip(launcher.why_no_groups)
    made = []
    make = launcher.groups.make
    monkeypatch.setattr(launcher.groups, 'make', lambda limits: made.append(make(limits)) or made[-1])

    def start():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            box = launcher.start(BoxSpec('one', 'jdoe'), theirs)
            assert box.wait(10) == 0
        return box

    start()
    ready = made[1]
    assert start().group is ready
    launcher.close()
    assert [place for group in made for place in group.places if place.exists()] == []


# Says the limits it has, and where it is.
TELLS = """
import json, os, resource, socket, sys
numbers = json.loads(sys.argv[1])
said = {'limits': [resource.getrlimit(number) for number in numbers], 'cwd': os.getcwd(), 'stdin': os.readlink('/proc/self/fd/0')}
said['processes'] = os.environ.get('IVLE_PROCESSES')
with socket.socket(fileno=os.dup(0 if said['stdin'].startswith('socket:') else 3)) as channel:
    channel.sendall(json.dumps(said).encode())
"""


@pytest.fixture
def tells(tmp_path):
    """Return a source tree whose one program is `tells.py`."""
    for name, text in {'tells.py': TELLS, 'ivle/__init__.py': '', 'ivle/chat.py': '', 'services/limited.py': ''}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize('program', ['tells', 'script'])
@pytest.mark.parametrize(
    ('change', 'is_by_shell'),
    [({}, False), ({'open_files': 40}, True), ({'file_size': 10_240}, True)],
    ids=['roomy', 'few open files', 'small files'],
)
def test_a_box_has_its_limits_from_outside_where_that_can_be_and_else_from_a_shell(
    one_account, tells, program, change, is_by_shell
):
    (one_account.path('accounts') / 'jdoe' / 'home' / 'tells.py').write_text(TELLS)
    launcher = Launcher(one_account, programs={'tells': TELLER, 'script': Program()}, source=tells)
    launcher.prepare()
    limits = replace(Limits(cpu_seconds=7, memory=256 << 20, processes=20), **change)
    wanted = {number: [soft, hard] for number, soft, hard in limits.rlimits()}
    words = ['/home/jdoe/tells.py'] if program == 'script' else []
    ours, theirs = socket.socketpair()
    with ours, theirs:
        box = launcher.start(BoxSpec(program, 'jdoe', limits=limits, arguments=(*words, json.dumps(list(wanted)))), theirs)
        theirs.close()
        said = json.loads(ours.makefile('rb').read())
        assert box.wait(10) == 0
    launcher.close()
    given = dict(zip(wanted, said['limits'], strict=True))
    if said['processes'] is not None:
        # Which a program of ours sees to.
        assert int(said['processes']) == limits.processes
        del given[resource.RLIMIT_NPROC], wanted[resource.RLIMIT_NPROC]
    assert given == wanted
    assert (said['processes'] is None) == (is_by_shell or program == 'script')
    assert said['cwd'] == '/home/jdoe'
    assert said['stdin'].startswith('socket:') == (program == 'tells')


def started(launcher, **change):
    """Return what the program `tells` says in a box whose limits are the usual ones but for `change`."""
    words = (json.dumps([resource.RLIMIT_NPROC]),)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        box = launcher.start(BoxSpec('tells', 'jdoe', limits=replace(Limits(), **change), arguments=words), theirs)
        theirs.close()
        said = json.loads(ours.makefile('rb').read())
        assert box.wait(10) == 0
    return said, box


@pytest.fixture
def telling(one_account, tells):
    launcher = Launcher(one_account, programs={'tells': TELLER}, source=tells)
    launcher.prepare()
    yield launcher
    launcher.close()


def test_where_no_thread_may_join_a_group_bubblewrap_is_put_into_it_before_it_starts(telling, monkeypatch):
    if telling.groups is None:
        pytest.skip(telling.why_no_groups)
    # As with version 2; the directories are those of version 1, which has the same file.
    monkeypatch.setattr(type(telling.groups._version), 'TAKES_THREADS', False)
    joined, original = [], cgroups.go_through

    def note(doors, process=0):
        original(doors, process)
        joined.append(Path(f'/proc/{process}/cgroup').read_text())

    monkeypatch.setattr(cgroups, 'go_through', note)
    _, box = started(telling)
    assert joined[0].count(f'/{box.group.places[0].name}\n') == len(box.group.places)


def test_a_daemon_that_may_have_fewer_processes_itself_gives_no_more(telling, monkeypatch):
    original = resource.getrlimit
    monkeypatch.setattr(resource, 'getrlimit', lambda number: (50, 50) if number == resource.RLIMIT_NPROC else original(number))
    assert started(telling, processes=60)[0]['processes'] == '50'


@pytest.mark.parametrize(('size', 'is_from_outside'), [(300_000, True), (30_000, False)])
def test_a_limit_below_what_bubblewrap_has_to_write_is_left_to_the_shell(telling, monkeypatch, size, is_from_outside):
    monkeypatch.setattr(telling, '_largest', 100_000)
    assert (started(telling, file_size=size)[0]['processes'] is not None) == is_from_outside


def test_where_limits_cannot_be_put_on_others_the_shell_sets_them(one_account, tells, monkeypatch):
    def refuse(limits, pid):
        raise PermissionError(errno.EPERM, 'Operation not permitted')

    monkeypatch.setattr(Limits, 'put_on', refuse)
    launcher = Launcher(one_account, programs={'tells': TELLER}, source=tells)
    launcher.prepare()
    said, _ = started(launcher, processes=33)
    launcher.close()
    assert (said['limits'], said['processes']) == ([[33, 33]], None)


def test_words_that_are_cut_short_leave_no_box_without_its_filter(telling):
    with telling.new_words() as words:
        tree = words.words.index('--proc')
        words.add_walls('--setenv', 'LAST', 'wall')
        assert words.words.index('--seccomp') < tree
        assert words.words.index('LAST') < words.words.index('--proc')


def test_who_waits_for_the_end_of_a_box_for_a_time_does_not_look_again_and_again(monkeypatch):
    process = subprocess.Popen(['/bin/sleep', '0.1'])
    monkeypatch.setattr(time, 'sleep', lambda seconds: pytest.fail('looks again'))
    assert Box(process, os.memfd_create('report')).wait(10) == 0


def test_who_waits_while_another_thread_asks_is_told_of_the_end_as_well():
    process = subprocess.Popen(['/bin/true'])
    box = Box(process, os.memfd_create('report'))
    # What Popen holds as long as it asks the kernel, and whoever asks meanwhile is told that the process lives.
    with ThreadPoolExecutor(1) as waiting:
        with process._waitpid_lock:
            told = waiting.submit(box.wait, 10)
            time.sleep(0.2)
            assert not told.done()
        assert told.result(10) == 0


def test_a_box_that_does_not_end_in_time_is_an_error():
    process = subprocess.Popen(['/bin/sleep', '60'])
    box = Box(process, os.memfd_create('report'))
    with pytest.raises(subprocess.TimeoutExpired, match='after 0.01 seconds'):
        box.wait(0.01)
    process.kill()
    assert box.wait(10) == -9


@pytest.mark.parametrize(
    'said, hint',
    [
        ('bwrap: No permissions to create new namespace, likely because …', 'apparmor_restrict_unprivileged_userns'),
        ('bwrap: setting up uid map: Permission denied', 'unprivileged_userns_clone'),
        ('bwrap: Unknown option --bind-fd', 'older than 0.8'),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", 'unmasked /proc'),
        ('bwrap: something else', 'bubblewrap cannot make a box (something else).'),
    ],
)
def test_what_bubblewrap_says_is_explained(said, hint):
    assert hint in explain(said)


def test_a_login_without_an_account_has_no_box(settings):
    (settings.data / 'accounts').mkdir()
    launcher = Launcher(settings, programs={'python-console': Program(('ivle/chat.py',))})
    launcher.prepare()
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(HomeMissing):
        launcher.start(BoxSpec('python-console', 'nobody'), theirs)
    launcher.close()


def test_half_a_line_of_bubblewrap_s_report_is_not_read():
    assert _parse(b'{ "child-pid": 7 }\n{ "exit-co') == {'child-pid': 7}
