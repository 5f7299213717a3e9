"""The consoles of this host: who has which, how many, how long, and what a key proves."""

import asyncio
import hashlib
import hmac
import secrets
import weakref

from ivle.replies import State
from ivle.sandbox.boxes import Refusal
from ivle.sandbox.live_console import LiveConsole

MOST_WAIT_SECONDS = 1.0
# An ended console is kept so that its owner can read why; not for ever.
MOST_ENDED = 200
# Numbers of a console that is started again after the host was: larger than any it can have had before.
LATER_NUMBERS = 1 << 40

UNKNOWN = Refusal('not-found', 'There is no such console, or it is not yours.')
LOST = 'This console is gone: the host was restarted, or it ended a long time ago.'


class Consoles:
    """Starts, finds and ends consoles. Every call names the login; a key of somebody else's is no key."""

    def __init__(self, settings, boxes, secret):
        self._settings, self._boxes, self._secret = settings, boxes, secret
        self._live, self._ended = {}, {}
        self._starting = []
        # A lock lives as long as somebody holds or awaits it.
        self._restarting = weakref.WeakValueDictionary()
        self._reaper = None

    def __len__(self):
        return len(self._live)

    def start_reaping(self):
        """Begin to end consoles that nobody uses."""
        self._reaper = asyncio.create_task(self._reap())

    async def close(self):
        """End all consoles."""
        if self._reaper is not None:
            self._reaper.cancel()
        await self._end_all(list(self._live.values()), 'The host is being restarted.')

    async def start(self, login, cwd):
        """Start a console in the directory `cwd` of the home and return its key."""
        console = await self._open(login, self._new_key(login), cwd)
        return console.key

    def list(self, login):
        """Return what there is to say about the consoles of a login, newest first."""
        own = [console for console in self._live.values() if console.login == login]
        return [
            {'key': console.key, 'cwd': console.cwd, 'busy': console.state is State.BUSY, 'started': console.started}
            for console in reversed(own)
        ]

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
        await console.command(cmd, text)
        if cmd == 'splash':
            await console.wait_until(lambda: console.transcript.last > before, _bounded(wait))
        else:
            await console.wait_until(lambda: console.state is not State.BUSY, _bounded(wait))
        # Over already: the last reply says why.
        return console.report(before - 1 if console.transcript.last == before and console.is_ended else before)

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
        """End the console and return its last replies."""
        console = self.find(login, key)
        if console is None:
            return _lost(LATER_NUMBERS)
        before = console.transcript.last - (1 if console.is_ended else 0)
        await console.terminate()
        self._settle(console)
        return console.report(before)

    async def restart(self, login, key):
        """Start the console anew under its key and return the replies that say so."""
        # Asked twice at once, the second finds what the first has started.
        async with self._restarting.setdefault(key, asyncio.Lock()):
            return await self._restart(login, key)

    async def _restart(self, login, key):
        console = self.find(login, key)
        if console is None:
            console = await self._open(login, key, '', LATER_NUMBERS)
            return console.report(0)
        before = console.transcript.last
        if self._live.get(key) is console:
            await console.restart()
        else:
            with self._room(login):
                await console.restart()
                self._ended.pop(key, None)
                self._live[key] = console
        return console.report(before)

    async def end(self, login):
        """End every console of a login."""
        await self._end_all([console for console in self._live.values() if console.login == login], 'Your consoles were ended.')

    def find(self, login, key):
        """Return the console, or None for a key that was this login's once; Refusal for any other key."""
        if not hmac.compare_digest(key, self._key(login, key[:16])):
            raise UNKNOWN
        console = self._live.get(key) or self._ended.get(key)
        if console is not None and console.is_ended:
            self._settle(console)
        return console

    # -- keys ---------------------------------------------------------------------------------------

    def _new_key(self, login):
        return self._key(login, secrets.token_hex(8))

    def _key(self, login, chance):
        # A key proves by itself whose it is: after a restart of the host its owner can be told what happened.
        proof = hmac.new(self._secret, f'ivle-console-key/1 {chance} {login}'.encode(), hashlib.sha256)
        return chance + proof.hexdigest()[:16]

    # -- limits -------------------------------------------------------------------------------------

    def _room(self, login):
        self._settle_ended()
        taken = [console.login for console in self._live.values()] + self._starting
        if taken.count(login) >= self._settings.consoles_per_person:
            raise Refusal(
                'too-many',
                f'You have {self._settings.consoles_per_person} consoles already: end one of them first, on the page Console.',
            )
        if len(taken) >= self._settings.consoles_in_all:
            raise Refusal('too-many', 'All consoles of this host are in use: try again in a few minutes.')
        return _Place(self._starting, login)

    async def _open(self, login, key, cwd, first=1):
        with self._room(login):
            console = LiveConsole(self._settings, self._boxes, login, key, cwd, first)
            await console.open()
            self._live[key] = console
        if first > 1:
            console.announce_restart()
        return console

    # -- the end ------------------------------------------------------------------------------------

    def _settle(self, console):
        if self._live.pop(console.key, None) is not None:
            self._ended[console.key] = console
        while len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]

    def _settle_ended(self):
        for console in [console for console in self._live.values() if console.is_ended]:
            self._settle(console)

    async def _end_all(self, consoles, reason):
        await asyncio.gather(*(console.end(reason) for console in consoles))
        for console in consoles:
            self._settle(console)

    async def _reap(self):
        idle_seconds = self._settings.console_idle_seconds
        while True:
            await asyncio.sleep(min(5.0, idle_seconds / 4))
            self._settle_ended()
            now = asyncio.get_running_loop().time()
            idle = [console for console in self._live.values() if now - console.used_at > idle_seconds]
            await self._end_all(idle, f'The console was idle for {_duration(idle_seconds)} and was ended.')
            for key in [key for key, console in self._ended.items() if now - console.used_at > 4 * idle_seconds]:
                del self._ended[key]


class _Place:
    """A place that is taken while a console starts."""

    def __init__(self, taken, login):
        self._taken, self._login = taken, login

    def __enter__(self):
        self._taken.append(self._login)

    def __exit__(self, *exception):
        self._taken.remove(self._login)


def _lost(number):
    return {'replies': [{'terminate': LOST, 'seq': number}], 'busy': False, 'next': number}


def _bounded(wait):
    return max(0.0, min(MOST_WAIT_SECONDS, wait))


def _duration(seconds):
    return f'{seconds / 60:.0f} minutes' if seconds >= 120 else f'{seconds:.0f} seconds'
