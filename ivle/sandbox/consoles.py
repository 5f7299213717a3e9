"""The consoles of this host: who has which, how many, how long, and what a key proves."""

import asyncio
import functools
import hashlib
import hmac
import logging
import math
import secrets
import weakref

from ivle.replies import State
from ivle.sandbox import endings
from ivle.sandbox.boxes import Refusal
from ivle.sandbox.history import History
from ivle.sandbox.live_console import LiveConsole
from ivle.sandbox.tree import is_gone
from ivle.sandbox.waiting import Line

MOST_WAIT_SECONDS = 1.0
# An ended console is kept so that its owner can read why; not for ever.
MOST_ENDED = 200
# Numbers of a console that is started again after the host was: larger than any it can have had before.
LATER_NUMBERS = 1 << 40
# A start that others hold up for so long at a guess is waited for, a little longer than that; otherwise its owner is told.
SHORT_SECONDS, PATIENCE_SECONDS = 1.0, 2.0
# Whoever closed the page holds up those behind them in the line no longer than this.
UNLOOKED_SECONDS = 60.0
MOST_WAITING = 2000
TEND_SECONDS = 1.0
MOST_SHOWN_OF_PATH = 200

UNKNOWN = Refusal('not-found', 'There is no such console, or it is not yours.')

log = logging.getLogger('ivle.sandbox.consoles')


class Consoles:
    """Starts, finds and ends consoles. Every call names the login; a key of somebody else's is no key."""

    def __init__(self, settings, boxes, secret, quotas):
        self._settings, self._boxes, self._secret, self._quotas = settings, boxes, secret, quotas
        self._loop = asyncio.get_running_loop()
        self._live, self._of_login, self._ended = {}, {}, {}
        self._line = Line(
            settings.consoles_in_all, settings.consoles_starting, settings.console_idle_seconds_when_full, self._loop.time
        )
        self._history = History(settings)
        self._told, self._opening = {}, set()
        self._watches = {}
        # A lock lives as long as somebody holds or awaits it.
        self._restarting = weakref.WeakValueDictionary()
        self._tender = None
        # What the Python of the consoles is called.
        self.python = ''

    def __len__(self):
        return len(self._live)

    @property
    def waiting(self):
        """How many consoles wait in line."""
        return len(self._line.waiting())

    def start_reaping(self):
        """Begin to end consoles that nobody uses, and to tell those who wait how the line moves."""
        self._tender = asyncio.create_task(self._tend())

    async def close(self):
        """End all consoles."""
        tasks = [task for task in (self._tender, *self._opening) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._end_all(list(self._live.values()), endings.HOST_RESTARTS)
        await self._history.close()

    async def start(self, login, cwd):
        """Start a console in the directory `cwd` of the home and return its key; where others come first, it waits in line."""
        self._check_room(login)
        console = self._new(login, self._new_key(login), cwd)
        await self._begin(console, None, console.announce_start)
        return console.key

    def list(self, login):
        """Return what there is to say about the consoles of a login, newest first."""
        return [
            {
                'key': console.key,
                'cwd': console.cwd,
                'busy': console.state is State.BUSY,
                'started': console.started,
                'state': console.state.value,
                'python': self.python,
            }
            for console in reversed(self._of_login.get(login, {}).values())
        ]

    def typed(self, login, key):
        """Return what was typed into a console; nothing is known of one that is gone."""
        console = self.find(login, key)
        return console.typed.list() if console is not None else []

    async def history(self, login):
        """Return what a login typed as source into all its consoles, oldest first."""
        return await self._history.texts(login)

    async def chat(self, login, key, cmd, text, wait):
        """Give a command and return its replies: when it has ended or wants input, at the latest after `wait` seconds."""
        console = self.find(login, key)
        if console is None:
            return _lost(LATER_NUMBERS)
        refusal = console.refusal(cmd, text)
        if refusal and not console.is_ended:
            raise Refusal('busy', refusal)
        if cmd == 'terminate':
            return await self.terminate(login, key)
        before = console.transcript.last
        console.command(cmd, text)
        if cmd == 'splash' and console.state is not State.QUEUED:
            await console.wait_until(lambda: console.transcript.last > before, _bounded(wait))
        else:
            await console.wait_until(lambda: console.state is not State.BUSY, _bounded(wait))
        # Over already, or not begun: the last reply says why.
        is_told = console.transcript.last == before and (console.is_ended or console.state is State.QUEUED)
        return console.report(max(0, before - 1) if is_told else before)

    async def output(self, login, key, after, wait):
        """Return the replies after number `after`; with none there, wait for the next."""
        console = self.find(login, key)
        if console is None:
            return _lost(after + 1)
        await console.wait_until(lambda: console.transcript.last > after or console.is_ended, _bounded(wait))
        return console.report(after)

    async def interrupt(self, login, key):
        """Interrupt the program and return the replies."""
        return await self.chat(login, key, 'interrupt', '', MOST_WAIT_SECONDS)

    async def terminate(self, login, key):
        """End the console and return its last replies; one that waits in line gives its place up."""
        console = self.find(login, key)
        if console is None:
            return _lost(LATER_NUMBERS)
        before = console.transcript.last - (1 if console.is_ended else 0)
        if console.state is State.QUEUED:
            await console.end(endings.PLACE_GIVEN_UP)
        else:
            await console.terminate()
        return console.report(before)

    async def restart(self, login, key):
        """Start the console anew under its key and return the replies that say so."""
        # Asked twice at once, the second finds what the first has started.
        async with self._restarting.setdefault(key, asyncio.Lock()):
            return await self._restart(login, key)

    async def _restart(self, login, key):
        console = self.find(login, key)
        if console is None:
            self._check_room(login)
            console, before = self._new(login, key, '', LATER_NUMBERS), 0
        elif console.state is State.QUEUED:
            return console.report(console.transcript.last - 1)
        else:
            before = console.transcript.last
            if key not in self._live:
                self._check_room(login)
                del self._ended[key]
                self._keep(console)
            await console.stop()
        await self._begin(console, console.announce_restart, console.announce_restart)
        return console.report(before)

    async def end(self, login):
        """End every console of a login."""
        await self._end_all(list(self._of_login.get(login, {}).values()), endings.ENDED_WITH_ALL)

    def find(self, login, key):
        """Return the console, or None for a key that was this login's once; Refusal for any other key."""
        if not hmac.compare_digest(key, self._key(login, key[:16])):
            raise UNKNOWN
        console = self._live.get(key) or self._ended.get(key)
        if console is not None:
            console.looked_at = self._loop.time()
        return console

    # -- keys ---------------------------------------------------------------------------------------

    def _new_key(self, login):
        return self._key(login, secrets.token_hex(8))

    def _key(self, login, chance):
        # A key proves by itself whose it is: after a restart of the host its owner can be told what happened.
        return chance + hmac.digest(self._secret, f'ivle-console-key/1 {chance} {login}'.encode(), hashlib.sha256).hex()[:16]

    # -- the way to a place -------------------------------------------------------------------------

    def _check_room(self, login):
        if len(self._of_login.get(login, ())) >= self._settings.consoles_per_person:
            raise Refusal(
                'too-many',
                f'You have {self._settings.consoles_per_person} consoles already: end one of them first.',
            )
        if len(self._line) >= MOST_WAITING:
            raise Refusal('too-many', 'All consoles of this host are in use, and many wait for one: try again in a few minutes.')

    def _new(self, login, key, cwd, first=1):
        console = LiveConsole(self._settings, self._boxes, login, key, cwd, first, self._history.note, self._settle)
        self._keep(console)
        return console

    async def _begin(self, console, announce, announce_later):
        """Start a console when it is its turn: now, or later and by itself; either is announced in its own way."""
        turn = self._line.enter(console)
        if not turn.done() and not self._line.is_full and self._line.guess(console) <= SHORT_SECONDS:
            await asyncio.wait([turn], timeout=PATIENCE_SECONDS)
        if turn.done():
            await self._open(console, turn, announce)
            return
        self._tell_places({console})
        self._soon(self._open_later(console, turn, announce_later))

    async def _open_later(self, console, turn, announce):
        await asyncio.wait([turn])
        try:
            await self._open(console, turn, announce)
        except Refusal as refusal:
            log.error('a console that had waited was not started: %s', refusal.message)

    async def _open(self, console, turn, announce):
        if turn.cancelled():
            # It was ended while it waited, and that was told.
            return
        try:
            await console.open()
        except BaseException as error:
            await console.end(error.message if isinstance(error, Refusal) else endings.WORDS['broken'])
            raise
        finally:
            self._told.pop(console, None)
            self._line.started(console)
        if announce is not None:
            announce()
        if console.cwd != '/' and is_gone(self._settings.path('accounts'), console.login, 'home', *console.cwd.split('/')):
            # A notice is short, and a path need not be.
            place = console.cwd if len(console.cwd) <= MOST_SHOWN_OF_PATH else f'{console.cwd[:MOST_SHOWN_OF_PATH]}…'
            console.notice(f'There is no directory {place}: the console starts in your home.')

    def _tell_places(self, consoles=None):
        for place, (console, guess) in enumerate(self._line.waiting(), 1):
            if consoles is not None and console not in consoles:
                continue
            seconds = math.ceil(guess)
            told_place, told_seconds = self._told.get(console, (0, 0))
            if place != told_place or abs(seconds - told_seconds) > told_seconds / 4:
                self._told[console] = (place, seconds)
                console.queue(place, seconds)

    # -- the end ------------------------------------------------------------------------------------

    def _keep(self, console):
        self._live[console.key] = console
        self._of_login.setdefault(console.login, {})[console.key] = console
        if console.login not in self._watches:
            watch = self._watches[console.login] = functools.partial(self._mind_the_disk, console.login)
            self._quotas.watch(console.login, watch)

    def _settle(self, console):
        """Take a console that is over from those that live."""
        if self._live.pop(console.key, None) is None:
            return
        own = self._of_login[console.login]
        del own[console.key]
        if not own:
            del self._of_login[console.login]
            self._quotas.unwatch(console.login, self._watches.pop(console.login))
        self._told.pop(console, None)
        self._ended[console.key] = console
        while len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        self._line.leave(console)

    def _mind_the_disk(self, login, usage):
        """Tell the consoles of an account how full it is; a program that goes on filling it is stopped, then ended."""
        for console in list(self._of_login.get(login, {}).values()):
            if usage.is_over:
                self._soon(console.end(f'{endings.WORDS["disk"]} {usage.remedy}'))
            elif usage.is_nearly_full:
                console.notice(f'{usage.remedy} A program that goes on writing is stopped.' if usage.is_full else usage.sentence)
                if usage.is_full and console.state is State.BUSY:
                    console.command('interrupt', '')

    def _soon(self, work):
        task = asyncio.create_task(work)
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _end_all(self, consoles, reason):
        await asyncio.gather(*(console.end(reason) for console in consoles))

    async def _tend(self):
        while True:
            await asyncio.sleep(min(TEND_SECONDS, self._settings.console_idle_seconds / 4))
            try:
                self._tell_places()
                await self._end_unused(self._loop.time())
            except Exception:
                log.exception('the consoles were not looked after')

    async def _end_unused(self, now):
        idle_seconds, seconds_when_full = self._settings.console_idle_seconds, self._settings.console_idle_seconds_when_full
        for key in [key for key, console in self._ended.items() if now - console.used_at > 4 * idle_seconds]:
            del self._ended[key]
        running = [console for console in self._live.values() if console.state is not State.QUEUED]
        idle = [console for console in running if now - console.used_at > idle_seconds]
        await self._end_all(idle, endings.idle_words(idle_seconds))
        in_line = [console for console, _ in self._line.waiting() if not console.listeners]
        await self._end_all([one for one in in_line if now - one.looked_at > UNLOOKED_SECONDS], endings.NOBODY_LOOKED)
        if self._line.is_full and (lacking := self._line.lacking()):
            idle = [console for console in running if console.is_idle and now - console.used_at > seconds_when_full]
            longest = sorted(idle, key=lambda console: console.used_at)[:lacking]
            await self._end_all(longest, endings.idle_words(seconds_when_full, is_full=True))


def _lost(number):
    return {'replies': [{'terminate': endings.LOST, 'seq': number}], 'busy': False, 'next': number}


def _bounded(wait):
    return max(0.0, min(MOST_WAIT_SECONDS, wait))
