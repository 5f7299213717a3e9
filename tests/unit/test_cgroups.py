"""Control groups: real ones where this machine lends us some, and the decisions about version 2 on directories that look like it.

What the kernel does with the files of version 2 cannot be tried here; which files are written, and where, can.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ivle.sandbox import cgroups, hierarchies
from ivle.sandbox.limits import Limits
from ivle.settings import Settings
from tests.contract.consoles import eventually, takes_less

MIB = 1 << 20
SMALL = Limits(box_memory=64 * MIB, processes=8)
# Each waits for a line before it begins, so that it is in its group by then, and says how it went.
EAT = 'input(); kept = b"x" * (200 << 20); print("ate")'
SPIN = """
import time
input()
end = time.monotonic() + 1
while time.monotonic() < end: pass
print(time.process_time())
"""
SPIN_FOR_EVER = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
input()
print('begun', flush=True)
while True: pass
"""
FORK = """
import os, time
input()
children = []
try:
    while len(children) < 50:
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        children.append(child)
except OSError as error:
    print(error.errno, len(children))
for child in children:
    os.kill(child, 9)
"""
FORK_ONCE = """
import os, time
child = os.fork()
if child:
    os.write(1, b'%d\\n' % child)
time.sleep(60)
"""
LEAVE = """
import sys, time
from ivle.sandbox import cgroups
from ivle.settings import Settings
found, why = cgroups.find(Settings())
group = found.make()
print(*group.places)
sys.stdout.flush()
time.sleep(60)
"""


@pytest.fixture
def groups():
    """Return real Cgroups with a fifth of a core for each box."""
    found, why = cgroups.find(Settings(cores=0.2))
    found = found or pytest.skip(why)
    yield found
    found.close()


@contextlib.contextmanager
def python(lines):
    """Give a Python that waits for a line."""
    command = [sys.executable, '-c', lines]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield process
        process.kill()


def seconds_of(process):
    """Return how much of the processor a process has had."""
    user, system = Path(f'/proc/{process.pid}/stat').read_text().rpartition(')')[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')


def test_a_box_that_wants_more_than_its_memory_is_struck(groups):
    group = groups.make(SMALL)
    with python(EAT) as process:
        group.add(process.pid)
        assert group.struck() is None
        process.communicate('\n', timeout=120)
        assert process.returncode == -signal.SIGKILL
    assert group.struck() == 'memory'
    assert group.remove()
    # Whoever asks later is told, too.
    assert group.struck() == 'memory'


def test_a_box_within_its_memory_is_not_struck(groups):
    group = groups.make(Limits(box_memory=512 * MIB))
    with python(EAT) as process:
        group.add(process.pid)
        assert process.communicate('\n', timeout=120)[0] == 'ate\n'
    assert group.struck() is None
    assert group.remove()


def test_a_box_that_wants_more_than_its_processes_is_struck(groups):
    group = groups.make(SMALL)
    with python(FORK) as process:
        group.add(process.pid)
        errno, count = map(int, process.communicate('\n', timeout=120)[0].split())
    assert (errno, count < 12) == (11, True)
    assert group.struck() == 'processes'


def test_a_box_gets_its_share_of_a_core_and_no_more(groups):
    group = groups.make(Limits())
    with python(SPIN) as process:
        group.add(process.pid)
        used = float(process.communicate('\n', timeout=120)[0])
    assert used < 0.45


def test_a_box_that_leaves_the_processor_has_what_others_leave():
    found, why = cgroups.find(Settings(cores=1.0))
    found = found or pytest.skip(why)
    with contextlib.closing(found), python(SPIN_FOR_EVER) as patient, python(SPIN_FOR_EVER) as other:
        for process, leaves in ((patient, True), (other, False)):
            found.make(Limits(leaves_processor=leaves)).add(process.pid)
            process.stdin.write('\n')
            process.stdin.flush()
        assert [process.stdout.readline() for process in (patient, other)] == ['begun\n'] * 2
        before = seconds_of(patient), seconds_of(other)
        # However much else the machine has to do: what counts is what one has in the time in which the other has a second.
        assert eventually(lambda: seconds_of(other) - before[1] >= 1)
        assert seconds_of(patient) - before[0] < 0.5


def test_what_a_process_has_started_before_comes_into_the_group_with_it(groups):
    group = groups.make(SMALL)
    with python(FORK_ONCE) as process:
        child = process.stdout.readline().strip()
        group.add(process.pid)
        members = Path(group.places[0], 'cgroup.procs').read_text().splitlines()
        os.kill(int(child), signal.SIGKILL)
    assert child in members


def test_a_group_is_removed_when_its_processes_have_ended(groups):
    group = groups.make(SMALL)
    with python('input()') as process:
        group.add(process.pid)
        assert not group.remove()
    assert group.remove()
    assert not [place for place in group.places if place.exists()]


def test_what_a_killed_daemon_left_goes_at_the_next_start_and_what_a_living_one_has_stays(groups):
    mine = groups.make()
    with python(LEAVE) as process:
        left = [Path(word) for word in process.stdout.readline().split()]
        assert [place.exists() for place in left] == [True] * len(left)
    found, _ = cgroups.find(Settings())
    found.close()
    assert [place for place in left if place.parent.exists()] == []
    assert [place.exists() for place in mine.places] == [True] * len(mine.places)


def test_what_is_left_in_one_tree_alone_goes_at_the_next_start(groups):
    first, *others = sorted({place.parent.parent for place in groups.make().places}, key=lambda place: 'memory' not in place.name)
    if not others:
        pytest.skip('All control groups of this host are in one tree.')
    lost = others[-1] / 'ivle-1-lost'
    lost.mkdir()
    found, _ = cgroups.find(Settings())
    found.close()
    assert not lost.exists()


def test_a_daemon_that_starts_at_the_same_moment_takes_nothing_away(groups, monkeypatch):
    lock = hierarchies._lock
    with contextlib.ExitStack() as stack:

        def lock_later(place):
            # The other one comes between the making of a directory and its lock.
            monkeypatch.setattr(hierarchies, '_lock', lock)
            stack.callback(cgroups.find(Settings())[0].close)
            return lock(place)

        monkeypatch.setattr(hierarchies, '_lock', lock_later)
        found, _ = cgroups.find(Settings())
        stack.callback(found.close)
        assert found.make().remove()


def test_a_site_may_do_without():
    assert cgroups.find(Settings(cgroups='off')) == (None, 'ivle.sandbox.cgroups is off.')


# -- version 2, on directories ----------------------------------------------------------------------


class Tree:
    """A directory that looks like a tree of version 2, and a /proc that says this process is in `own`."""

    def __init__(self, place, own='/site.service/site', controllers='cpu memory pids', root='/'):
        self.top, self.proc = place / 'tree with space', place / 'proc'
        self.own = self.top / own.lstrip('/')
        self.own.mkdir(parents=True)
        for folder in (self.own, self.own.parent):
            for name in ('cgroup.type', 'cgroup.procs', 'cgroup.subtree_control'):
                (folder / name).touch()
            (folder / 'cgroup.controllers').write_text(controllers)
        with contextlib.suppress(OSError):
            # As systemd marks what it lends, where this may be done; elsewhere the owner of the directory is enough.
            os.setxattr(self.own.parent, 'trusted.delegate', b'1')
        (self.proc / 'self').mkdir(parents=True)
        (self.proc / 'self' / 'cgroup').write_text(f'0::{root.rstrip("/")}{own}\n')
        escaped = str(self.top).replace(' ', r'\040')
        (self.proc / 'self' / 'mountinfo').write_text(f'30 20 0:26 {root} {escaped} rw,nosuid - cgroup2 cgroup2 rw\n')

        self.found = None

    def find(self):
        self.found, why = cgroups.find(Settings(cores=0.5), self.proc)
        return self.found, why

    def close(self):
        # The kernel would let go of the directories, files and all.
        shutil.rmtree(self.top)
        with contextlib.suppress(AttributeError):
            self.found.close()


@pytest.fixture
def make_tree(tmp_path):
    """Return a function that makes a Tree."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(contextlib.closing(Tree(tmp_path, **options)))


def test_version_2_makes_its_groups_beside_the_site_in_what_was_lent_to_it(make_tree):
    tree = make_tree()
    found, why = tree.find()
    assert (found.title, why) == ('Control groups of version 2', None)
    [place] = found.make(SMALL).places
    assert place.parent.parent == tree.top / 'site.service'
    said = {file.name: file.read_text() for file in place.iterdir()}
    assert said == {
        'memory.max': str(64 * MIB),
        'memory.swap.max': '0',
        'memory.oom.group': '1',
        'pids.max': '12',
        'cpu.max': '50000 100000',
    }
    for above in (place.parent, place.parent.parent):
        assert (above / 'cgroup.subtree_control').read_text() == '+memory +pids +cpu'


def test_version_2_gives_the_least_to_what_leaves_the_processor(make_tree):
    found, _ = make_tree().find()
    [place] = found.make(Limits(leaves_processor=True)).places
    assert (place / 'cpu.weight').read_text() == '3'


def test_version_2_knows_which_limit_has_struck(make_tree):
    group = make_tree().find()[0].make(SMALL)
    [place] = group.places
    (place / 'memory.events').write_text('low 0\nmax 7\noom 0\noom_kill 0\n')
    (place / 'pids.events').write_text('max 3\n')
    assert group.struck() == 'processes'
    (place / 'memory.events').write_text('low 0\nmax 7\noom 1\noom_kill 1\n')
    assert group.struck() == 'memory'


def test_a_container_that_sees_a_part_of_the_tree_finds_its_own_place(make_tree):
    tree = make_tree(root='/docker/7f')
    assert tree.find()[0].make(SMALL).places[0].parent.parent == tree.top / 'site.service'


def test_version_2_without_its_controllers_is_refused_in_words(make_tree):
    found, why = make_tree(controllers='cpu hugetlb').find()
    assert found is None
    assert 'no controller memory, pids here' in why


def test_a_group_that_other_processes_are_in_is_not_divided(make_tree):
    tree = make_tree()
    (tree.own.parent / 'cgroup.procs').write_text('1\n2\n')
    found, why = tree.find()
    assert found is None
    assert 'set Delegate=yes and DelegateSubgroup=site in its unit file' in why


def test_only_what_was_lent_is_divided(make_tree, monkeypatch):
    tree = make_tree()
    monkeypatch.setattr(os, 'getxattr', lambda place, name: b'0')
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    found, why = tree.find()
    assert found is None
    assert 'Delegate=yes' in why


def test_a_group_costs_little(groups):
    def make_and_remove():
        made = [groups.make(SMALL) for _ in range(20)]
        assert all([group.remove() for group in made])

    # Each a fifth of what a cold box takes.
    assert takes_less(20 * 0.02, make_and_remove)


def test_what_is_started_in_a_group_is_there_from_its_first_moment_on_and_its_starter_is_not(groups):
    group = groups.make(SMALL)
    before = Path('/proc/thread-self/cgroup').read_text()

    def start(doors, ways_back):
        cgroups.go_through(doors)
        process = subprocess.Popen(['cat', '/proc/self/cgroup'], stdout=subprocess.PIPE, text=True)
        cgroups.go_through(ways_back)
        return process

    with group.start(start) as process:
        said = process.stdout.read()
    assert said.count(f'/{group.places[0].name}\n') == len(group.places)
    assert Path('/proc/thread-self/cgroup').read_text() == before


THROUGH_A_DOOR = """
import os, sys
from ivle import kernel
kernel.unshare(kernel.NEWUSER)
for door in map(int, sys.argv[1:]):
    os.write(door, b'0')
with open('/proc/self/cgroup') as file:
    print(file.read())
"""


def test_a_process_that_has_given_up_all_rights_comes_into_the_group_by_its_doors(groups):
    group = groups.make(SMALL)
    doors = group.doors()
    command = [sys.executable, '-c', THROUGH_A_DOOR, *map(str, doors)]
    said = subprocess.run(command, pass_fds=doors, capture_output=True, text=True, check=True, timeout=120).stdout
    for door in doors:
        os.close(door)
    assert said.count(f'/{group.places[0].name}\n') == len(group.places)


def test_a_group_can_be_given_more_and_less_than_it_had(groups):
    group = groups.make(SMALL)
    group.limit(Limits(box_memory=256 * MIB))
    with python(EAT.replace('200 << 20', '120 << 20')) as process:
        group.add(process.pid)
        assert process.communicate('\n', timeout=120)[0] == 'ate\n'
    group.limit(SMALL)
    with python(EAT) as process:
        group.add(process.pid)
        process.communicate('\n', timeout=120)
    assert group.struck() == 'memory'
