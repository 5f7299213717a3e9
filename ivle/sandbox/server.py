"""sandbox-server: takes requests on a Unix socket and gives each to consoles, file services or served programs."""

import asyncio
import contextlib
import dataclasses
import logging
import os
import resource
import secrets

from ivle import chat, envelopes, kernel
from ivle.sandbox import actions, check
from ivle.sandbox.box import Launcher, SandboxUnavailable
from ivle.sandbox.boxes import Boxes, Refusal
from ivle.sandbox.consoles import Consoles
from ivle.sandbox.daemon import StartError
from ivle.sandbox.files import FileBoxes, View
from ivle.sandbox.judging import Judging
from ivle.sandbox.places import Places, PlacesError, become_one_that_mounts
from ivle.sandbox.pool import Pool
from ivle.sandbox.quota import Quotas
from ivle.sandbox.reception import HANDED_OVER, Reception
from ivle.sandbox.serving import ServeBoxes
from ivle.sandbox.streams import stream
from ivle.sandbox.svn import remove_leftover_sockets
from ivle.sandbox.walls import Walls
from ivle.secrets import read_secret

# Requests that are being answered; streams of consoles, which last, come on top.
REQUESTS_AT_ONCE = 512

RECHECK_SECONDS = 60.0
# Longer than anybody's, so that whoever wakes us goes on until they rest: docs/performance.md says what that spares.
TURN_SECONDS = 0.02
# So many files are opened without a wait; the rest of what the host allows can be opened, too.
USUAL_FILES = 1 << 16

log = logging.getLogger('ivle.sandbox')


class SandboxServer:
    """The daemon, from `start` to `close`. To be made before the process has a second thread."""

    def __init__(self, settings):
        self._settings = settings
        try:
            places = Places(settings)
            places.enter()
            become_one_that_mounts()
        except PlacesError as error:
            raise StartError(str(error)) from error
        secret = read_secret(settings, 'sandbox')
        self._places = places
        self._launcher = Launcher(settings, places)
        # Beside the sockets of boxes: anybody may pass, and what a kill leaves there goes at the next start.
        self._canaries = places.path('sockets')
        self._pool = Pool(settings, self._launcher, places)
        self._boxes = Boxes(settings, self._launcher, self._pool)
        self._quotas = Quotas(settings, places)
        self._consoles = Consoles(settings, self._boxes, secret, self._quotas)
        self._files = FileBoxes(settings, self._boxes, places, self._quotas)
        self._serving = ServeBoxes(settings, self._boxes)
        self._judging = Judging(settings, self._boxes)
        self._walls = Walls(settings, self._canaries)
        opener = envelopes.Opener(secret, 'sandbox', settings.chat_legacy_md5, on_legacy=_log_legacy)
        self._reception = Reception(settings, opener, self._answer, REQUESTS_AT_ONCE + 4 * settings.consoles_in_all)
        self._streams = {}
        self._checks, self._checked_at = None, 0.0
        self._checking = None
        self._actions = {
            'file': self._file,
            'serve': self._serve,
            'test_submit': self._test_submit,
            'test_look': self._test_look,
            'console_start': self._console_start,
            'console_chat': self._console_chat,
            'console_output': self._console_output,
            'console_interrupt': self._console_interrupt,
            'console_restart': self._console_restart,
            'console_terminate': self._console_terminate,
            'console_list': self._console_list,
            'console_typed': self._console_typed,
            'console_history': self._console_history,
            'console_stream': self._console_stream,
            'cut_streams': self._cut_streams,
            'end': self._end,
            'status': self._status,
        }

    async def start(self):
        """Listen; StartError when this host cannot make sandboxes."""
        _raise_open_files()
        with contextlib.suppress(OSError):
            kernel.take_turns(TURN_SECONDS)
        try:
            await asyncio.to_thread(self._launcher.prepare)
        except SandboxUnavailable as error:
            raise StartError(str(error)) from error
        await self._pool.start()
        remove_leftover_sockets(self._settings)
        check.remove_leftovers(self._canaries)
        self._walls.start()
        self._consoles.python = self._launcher.python.title
        self._consoles.start_reaping()
        self._files.start_reaping()
        self._reception.open(self._settings.path('run', 'sandbox.sock'))

    async def close(self):
        """Stop listening and end every box."""
        await self._reception.close()
        if self._checking is not None:
            self._checking.cancel()
            await asyncio.gather(self._checking, return_exceptions=True)
        await self._walls.close()
        await self._consoles.close()
        await self._serving.close()
        await self._judging.close()
        await self._files.close()
        await self._quotas.close()
        await self._boxes.close()

    async def _answer(self, connection, body):
        try:
            name, properties = actions.read_action(body)
            if name not in self._actions:
                raise actions.bad_request('There is no such action.')
            return await self._actions[name](properties, connection)
        except Refusal as refusal:
            return {'error': {'code': refusal.code, 'message': refusal.message}}
        except (chat.ProtocolError, OSError):
            raise
        except Exception:
            incident = secrets.token_hex(4)
            log.exception('incident %s', incident)
            return envelopes.failure('InternalError', f'incident {incident}')

    # -- actions ------------------------------------------------------------------------------------

    async def _file(self, properties, connection):
        access = actions.read_choice(properties, 'mode', ('write', 'read'))
        view = View(actions.read_login(properties), access, actions.read_directory({'scope': '', **properties}, 'scope'))
        await self._files.serve(view, actions.read_object(properties, 'request'), connection)
        return HANDED_OVER

    async def _serve(self, properties, connection):
        await self._walls.must_hold()
        await self._serving.serve(actions.read_login(properties), actions.read_object(properties, 'request'), connection)
        return HANDED_OVER

    async def _test_submit(self, properties, connection):
        await self._walls.must_hold()
        return await self._judging.submit(
            actions.read_login(properties),
            actions.read_key(properties, 'attempt'),
            actions.read_content(properties, 'definition'),
            actions.read_content(properties, 'code'),
            actions.read_choice(properties, 'first', (True, False)),
            actions.read_seconds(properties, 'wait'),
        )

    async def _test_look(self, properties, connection):
        return await self._judging.look(actions.read_key(properties, 'attempt'), actions.read_seconds(properties, 'wait'))

    async def _console_start(self, properties, connection):
        cwd = actions.read_directory({'cwd': '', **properties}, 'cwd')
        await self._walls.must_hold()
        return {'key': await self._consoles.start(actions.read_login(properties), f'/{cwd}')}

    async def _console_chat(self, properties, connection):
        owner = _owner(properties)
        return await self._consoles.chat(*owner, *actions.read_command(properties), actions.read_seconds(properties, 'wait'))

    async def _console_output(self, properties, connection):
        after, wait = actions.read_number(properties, 'after'), actions.read_seconds(properties, 'wait')
        return await self._consoles.output(*_owner(properties), after, wait)

    async def _console_interrupt(self, properties, connection):
        return await self._consoles.interrupt(*_owner(properties))

    async def _console_restart(self, properties, connection):
        await self._walls.must_hold()
        return await self._consoles.restart(*_owner(properties))

    async def _console_terminate(self, properties, connection):
        return await self._consoles.terminate(*_owner(properties))

    async def _console_list(self, properties, connection):
        return {'consoles': self._consoles.list(actions.read_login(properties))}

    async def _console_typed(self, properties, connection):
        return {'typed': self._consoles.typed(*_owner(properties))}

    async def _console_history(self, properties, connection):
        return {'history': await self._consoles.history(actions.read_login(properties))}

    async def _console_stream(self, properties, connection):
        login, key = _owner(properties)
        conversation = asyncio.current_task()
        self._streams.setdefault(login, set()).add(conversation)
        try:
            await stream(self._settings, self._consoles, connection, login, key, actions.read_number(properties, 'after'))
        finally:
            self._streams[login].discard(conversation)
            if not self._streams[login]:
                del self._streams[login]
        return HANDED_OVER

    async def _cut_streams(self, properties, connection):
        # Whoever may still come in connects again at once and misses nothing.
        for conversation in self._streams.get(actions.read_login(properties), ()):
            conversation.cancel()
        return {'okay': {}}

    async def _end(self, properties, connection):
        await self._cut_streams(properties, connection)
        login = actions.read_login(properties)
        await self._consoles.end(login)
        await self._files.end(login)
        self._judging.end(login)
        # What was being served, and what is just starting.
        await self._boxes.end(login)
        return {'okay': {}}

    async def _status(self, properties, connection):
        if self._checking is None or (self._checking.done() and self._is_check_due()):
            self._checking = asyncio.create_task(self._check())
        return {
            'boxes': len(self._boxes),
            'consoles': len(self._consoles),
            'users': self._pool.users,
            'backend': self._pool.backend,
            'ready': self._pool.idle,
            'most': self._settings.consoles_in_all,
            'waiting': self._consoles.waiting,
            'tests': len(self._judging),
            'checks': self._checks or [],
        }

    def _is_check_due(self):
        # What holds goes on holding; what does not may have been mended, or the host was too busy to tell.
        is_bad = any(finding['state'] != check.PASS for finding in self._checks or ())
        return is_bad and asyncio.get_running_loop().time() - self._checked_at > RECHECK_SECONDS

    async def _check(self):
        # Only when somebody looks: it takes two seconds of processor time.
        try:
            findings = await asyncio.to_thread(check.run, self._settings, self._canaries, self._places)
        except Exception as error:
            log.exception('the check of this host failed')
            findings = [check.Finding('check', check.FAIL, f'The check itself failed: {error}.', 'The log says more.')]
        self._checked_at = asyncio.get_running_loop().time()
        self._checks = [dataclasses.asdict(finding) for finding in findings]
        for finding in findings:
            log.info('check: %s %s %s', finding.state, finding.name, finding.sentence)


def _owner(properties):
    return actions.read_login(properties), actions.read_key(properties)


def _raise_open_files():
    # Some descriptors a console and three a file box: the usual soft limit of 1024 is for programs that use select().
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Where there are threads, the kernel makes each wait for some milliseconds whenever the table of descriptors has to grow.
    with open(os.devnull, 'rb') as file:
        os.close(os.dup2(file.fileno(), min(hard, USUAL_FILES) - 1, inheritable=False))


def _log_legacy(audience):
    log.warning('a request with the old MD5 digest was served (ivle.chat.legacy_md5 is on)')
