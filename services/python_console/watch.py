"""Watches over what a console uses: processor time and wall clock of each command, and what goes on between commands.

Everything that was started in the console is below the controller, which adopts what loses its parent. It is looked at twice a
second while a command runs and never while nothing does. What has ended was counted when it was looked at, or its parent
has waited for it and is charged with it; only processes that nobody waits for and that live for less than half a second escape.
"""

import os
import signal
import time

LOOK_SECONDS = 0.5
# Between commands: something may have been left running.
IDLE_LOOK_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 16.0
GRACE_SECONDS = 3.0
_TICKS = os.sysconf('SC_CLK_TCK')
# A process that starts others faster than we can end them is met again at the next look.
_ROUNDS = 3


class Strike:
    """A limit that was reached: what is to be done ('interrupt', 'end' or, for what runs in the background, 'tell'), in words."""

    def __init__(self, action, sentence):
        self.action, self.sentence = action, sentence


class Watch:
    """Counts for the interpreter `child` and everything else below this process. Time is `time.monotonic`."""

    def __init__(self, child, cpu_seconds, wall_seconds):
        self._child, self._cpu, self._wall = child, cpu_seconds, wall_seconds
        self._seen = {}
        self._began = self._began_at = None
        self._waits_since = self._strike = self._struck_at = None
        self._used = self._behind = self._left = 0.0
        self._next, self._pause = None, IDLE_LOOK_SECONDS

    @property
    def moment(self):
        """When `look` is to be called; None for not at all."""
        return self._next

    def begin(self, now):
        """A command begins."""
        self._began = now
        self._began_at = time.clock_gettime(time.CLOCK_BOOTTIME) - (time.monotonic() - now)
        self._waits_since = self._strike = None
        self._used = 0.0
        self._note_child()
        self._look_at(now + LOOK_SECONDS)

    def wait_for_input(self, now):
        """The command waits for somebody to type: its clock stands still."""
        self._waits_since = now

    def go_on(self, now):
        """Somebody has typed, or interrupted."""
        if self._waits_since is not None and self._began is not None:
            self._began += now - self._waits_since
            self._waits_since = None
            self._look_at(now + LOOK_SECONDS)

    def finish(self, now):
        """The command has ended; what it has left running is found at the next look."""
        self._began = self._strike = self._waits_since = None
        self._pause = IDLE_LOOK_SECONDS
        self._note_child()
        self._look_at(now + LOOK_SECONDS)

    def rest(self, now, seconds):
        """Commands have come and gone elsewhere and took so long in all: that is not what goes on after them."""
        self._left = max(0.0, self._left - seconds)
        self.finish(now)

    def look(self, now):
        """Return a Strike when a limit has been reached, else None. Does nothing before its `moment`."""
        if self._next is None or now < self._next:
            return None
        seen = _below(os.getpid())
        if self._child in seen:
            seen[self._child].own = _clock(self._child)
        command, behind, left = self._gains(seen)
        child = seen.get(self._child)
        others = [pid for pid, one in seen.items() if pid not in (self._child, os.getpid()) and not one.is_dead]
        goes_on = bool(others or left) or (child is not None and (child.threads > 1 or child.is_running))
        self._seen = seen
        if self._began is None:
            self._left = self._left + left if goes_on else 0.0
        else:
            self._used += command
            others = [pid for pid in others if not self._is_of_command(seen[pid])]
        # Once nothing goes on behind the person's back any more, what went on before is forgotten.
        self._behind = self._behind + behind if others else 0.0
        self._next = self._next_look(now, goes_on, is_busy=command + behind + left > 0)
        return self._strike_of_background(others) or self._strike_of_command(now)

    def _look_at(self, moment):
        # Not later than was meant already: a row of short commands would put the look off for ever.
        self._next = moment if self._next is None else min(self._next, moment)

    def _next_look(self, now, goes_on, is_busy):
        if self._began is not None and self._waits_since is None:
            return now + LOOK_SECONDS
        # That the command waits, or is over, the student's code can say too: what is busy all the same is looked at on.
        if self._began is None and not goes_on:
            return None
        self._pause = IDLE_LOOK_SECONDS if is_busy else min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        return now + self._pause

    # -- processor time -----------------------------------------------------------------------------

    def _gains(self, seen):
        """Return the seconds used since the last look: by the command, by processes behind it, by the idle interpreter."""
        command = behind = left = waited_for = 0.0
        for pid, one in seen.items():
            before = self._seen.get(pid)
            if before is None or before.started != one.started:
                before = _NOTHING
            waited_for += one.children - before.children
            # This process is ours, and only what it has adopted counts.
            own = 0.0 if pid == os.getpid() else max(0.0, one.own - before.own)
            if self._began is not None and (pid == self._child or self._is_of_command(one)):
                command += own
            elif pid == self._child:
                left += own
            else:
                behind += own
        gone = [one for pid, one in self._seen.items() if pid not in seen or seen[pid].started != one.started]
        # What ended was counted as its own already, as far as it was seen.
        unseen = max(0.0, waited_for - sum(one.own + one.children for one in gone))
        if self._began is not None:
            return command + unseen, behind, left
        return command, behind + unseen, left

    def _is_of_command(self, process):
        # The kernel rounds down.
        return process.started > self._began_at - 1 / _TICKS

    def _note_child(self):
        # What the interpreter used before this moment, unless it was looked at, is not to be put down to what comes now. Every
        # command comes by here twice, so by its clock, which takes a tenth of the time that a look takes.
        if self._child not in self._seen:
            self._seen.update(_read_processes([str(self._child)]))
        if self._child in self._seen:
            self._seen[self._child].own = max(self._seen[self._child].own, _clock(self._child))

    # -- what follows -------------------------------------------------------------------------------

    def _strike_of_command(self, now):
        if self._began is None:
            return None
        if self._strike is not None:
            if now < self._struck_at + GRACE_SECONDS:
                return None
            return Strike('end', f'{self._strike}, and did not stop when it was interrupted: the console was ended.')
        if self._used >= self._cpu:
            self._strike = f'The program used its {_seconds(self._cpu)} of processor time'
            advice = 'Look for a loop that does not end.'
        elif self._waits_since is None and now - self._began >= self._wall:
            self._strike = f'The program ran for {_seconds(self._wall)}, which is as long as one command may take'
            advice = 'Look for what it waits for, or let it do its work in smaller pieces.'
        else:
            return None
        self._struck_at = now
        return Strike('interrupt', f'{self._strike} and was interrupted. {advice}')

    def _strike_of_background(self, others):
        used = f'used its {_seconds(self._cpu)} of processor time'
        if others and self._behind >= self._cpu:
            self._behind = 0.0
            self._end(others)
            return Strike('tell', f'What earlier commands had left running in the background {used} and was ended.')
        if self._began is None and self._left >= self._cpu:
            return Strike('end', f'What went on after its command {used}: the console was ended.')
        return None

    def _end(self, pids):
        for _ in range(_ROUNDS):
            for pid in pids:
                _kill(pid)
            found = _below(os.getpid())
            pids = [pid for pid, one in found.items() if one.parent in pids or (pid in pids and not one.is_dead)]
            if not pids:
                return


class Process:
    """One process as /proc describes it. Times are seconds, `children` those of descendants that were waited for."""

    def __init__(self, stat):
        # The name of a program stands in parentheses and may hold anything.
        words = stat[stat.rindex(b')') + 2 :].split()
        self.is_dead, self.is_running = words[0] in b'ZX', words[0] == b'R'
        self.parent = int(words[1])
        self.own = (int(words[11]) + int(words[12])) / _TICKS
        self.children = (int(words[13]) + int(words[14])) / _TICKS
        self.threads = int(words[17])
        # Seconds since the machine was started.
        self.started = int(words[19]) / _TICKS


class _Nothing:
    own = children = 0.0
    started = None


_NOTHING = _Nothing()


def _below(leader):
    """Return {process id: Process} of a process and everything below it."""
    found = _read_processes(name for name in os.listdir('/proc') if name.isdigit())
    # A box has no other processes than these and its first one; without a box the rest of the machine is not ours.
    return {pid: one for pid, one in found.items() if _is_below(leader, pid, found)}


def _read_processes(names):
    found = {}
    for name in names:
        try:
            with open(f'/proc/{name}/stat', 'rb', buffering=0) as file:
                found[int(name)] = Process(file.read())
        except (OSError, ValueError, IndexError):
            # It has just ended.
            pass
    return found


def _is_below(leader, pid, found):
    # Bounded: a number that was used again between two looks could make a circle.
    for _ in range(len(found)):
        if pid == leader:
            return True
        if pid not in found:
            return False
        pid = found[pid].parent
    return False


def _clock(pid):
    """Return the seconds of processor time a process has used, as clock_getcpuclockid(3) would find them."""
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        # It has just ended, and whoever waits for it says so.
        return 0.0


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # Gone already.
        pass


def _seconds(number):
    return '1 second' if number == 1 else f'{number:g} seconds'
