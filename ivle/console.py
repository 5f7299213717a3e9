"""Console: starts a student's python-console on their host and talks to it."""

import logging
import re
from collections.abc import Sequence
from functools import partial

from ivle import chat, envelopes
from ivle.commands import LONGEST_TEXT, BadCommand, read_command
from ivle.errors import BadRequest, Conflict, IvleError, NotFound, ServiceDown
from ivle.replies import read_reply
from ivle.secrets import read_secret

# Sandbox-server answers within a second; a start may have to wait for other starts.
ANSWER_SECONDS = 15.0
MOST_REPLIES = 2100
MOST_CONSOLES = 1000
MOST_TYPED = 300
MOST_HISTORY = 500
LONGEST_PYTHON = 100
STATES_IN_WORDS = {'idle': 'ready', 'busy': 'running', 'input': 'waiting for input', 'queued': 'waiting in line'}
ENTERED = frozenset({'chat', 'block', 'run'})

DOWN = 'Consoles cannot be reached for the moment. Your files are safe; try again in a few seconds.'
BROKEN = 'The console cannot be started on this host. Tell an administrator; your files are safe.'

_KEY = re.compile(r'[0-9a-f]{32}')
_STARTED = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z')

log = logging.getLogger(__name__)


class Console:
    """The consoles of one person. A key of somebody else's raises NotFound, as one that never was does."""

    def __init__(self, settings, login):
        self._settings, self._login = settings, login

    def start(self, cwd: str = '/') -> str:
        """Start a console in a directory of the home and return its key."""
        reply = self._ask('console_start', cwd=cwd)
        return _checked(reply, {'key': _is_key})['key']

    def chat(self, key: str, cmd: str, text='', wait: float = 1.0) -> dict:
        """Give a command and return {"replies", "busy", "next"}: when it ended, wants input, or after `wait` seconds."""
        return self._replies('console_chat', key, cmd=cmd, text=text, wait=wait)

    def output(self, key: str, after: int, wait: float = 0) -> dict:
        """Return {"replies", "busy", "next"} with the replies after number `after`; wait for the next when there is none."""
        return self._replies('console_output', key, after=after, wait=wait)

    def interrupt(self, key: str) -> dict:
        """Interrupt what runs; variables survive."""
        return self._replies('console_interrupt', key)

    def restart(self, key: str) -> dict:
        """Begin afresh under the same key."""
        return self._replies('console_restart', key)

    def terminate(self, key: str) -> dict:
        """End the console."""
        return self._replies('console_terminate', key)

    def list(self) -> list:
        """Return [{"key", "cwd", "busy", "started", "state", "python"}], newest first."""
        reply = _checked(self._ask('console_list'), {'consoles': _is_bounded_list})
        shape = {
            'key': _is_key,
            'cwd': _is_path,
            'busy': _is_flag,
            'started': _is_moment,
            'state': _is_state,
            'python': _is_python,
        }
        return [_checked(_with_state(console), shape) for console in reply['consoles']]

    def typed(self, key: str) -> Sequence[dict]:
        """Return what was typed, by any page: [{"after", "cmd", "text"}], each standing after reply number `after`."""
        reply = _checked(self._ask('console_typed', key=key), {'typed': _is_typed_list})
        for one in reply['typed']:
            _checked(one, {'after': _is_number, 'cmd': _is_entered, 'text': partial(_is_typed, one.get('cmd'))})
        return reply['typed']

    def history(self) -> Sequence[str]:
        """Return what this person typed into all their consoles, oldest first."""
        return _checked(self._ask('console_history'), {'history': _is_history})['history']

    def _replies(self, action, key, **properties):
        reply = self._ask(action, key=key, **properties)
        _checked(reply, {'replies': _is_page, 'busy': _is_flag, 'next': _is_number})
        try:
            for one in reply['replies']:
                read_reply(one, is_numbered=True)
        except chat.ProtocolError as error:
            raise _misshapen(str(error)) from error
        return reply

    def _ask(self, action, **properties):
        settings = self._settings
        request = {action: {'login': self._login, **properties}}
        try:
            reply = envelopes.ask(
                settings.path('run', 'sandbox.sock'), read_secret(settings, 'sandbox'), 'sandbox', request, ANSWER_SECONDS
            )
        except (chat.ProtocolError, envelopes.RemoteError) as error:
            log.error('%s failed: %s', action, error)
            raise ServiceDown(DOWN) from error
        if type(reply) is dict and set(reply) == {'error'}:
            raise _refused(reply['error'])
        return reply


def _refused(error):
    """Return the error a refusal of sandbox-server is to a person."""
    given = error if type(error) is dict else {}
    code, message = given.get('code'), given.get('message')
    if type(message) is not str or len(message) > 500:
        return _misshapen('a refusal without a message')
    makers = {
        'not-found': lambda: NotFound(),
        'too-many': lambda: IvleError(message, code='too-many', status=429),
        'busy': lambda: Conflict(message, code='busy'),
        'bad-request': lambda: BadRequest(message),
        'sandbox-broken': lambda: ServiceDown(BROKEN, code='sandbox-broken'),
    }
    return makers[code]() if code in makers else _misshapen(f'the refusal {code!r}')


def _misshapen(what):
    log.error('sandbox-server gave an answer that is none: %s', what)
    return ServiceDown(DOWN)


def _checked(value, shape):
    """Return `value` when it is an object with exactly these keys and every value passes its check."""
    if type(value) is not dict or set(value) != set(shape) or not all(check(value[key]) for key, check in shape.items()):
        raise _misshapen('wrong shape')
    return value


def _is_key(value):
    return type(value) is str and bool(_KEY.fullmatch(value))


def _is_path(value):
    return type(value) is str and value.startswith('/') and len(value) <= 5000


def _is_flag(value):
    return type(value) is bool


def _is_number(value):
    return type(value) is int and 0 <= value < 1 << 53


def _is_moment(value):
    return type(value) is str and bool(_STARTED.fullmatch(value))


def _is_page(value):
    return type(value) is list and len(value) <= MOST_REPLIES


def _is_bounded_list(value):
    return type(value) is list and len(value) <= MOST_CONSOLES


def _with_state(console):
    """Return a listed console as one of today: a host that was not renewed yet knows only whether it is busy."""
    return {'state': 'busy' if console.get('busy') else 'idle', 'python': '', **console} if type(console) is dict else console


def _is_state(value):
    return type(value) is str and value in STATES_IN_WORDS


def _is_python(value):
    return type(value) is str and len(value) <= LONGEST_PYTHON and (value.isprintable() or not value)


def _is_typed_list(value):
    return type(value) is list and len(value) <= MOST_TYPED and all(type(one) is dict for one in value)


def _is_entered(value):
    return type(value) is str and value in ENTERED


def _is_typed(cmd, text):
    """Return whether `text` is what a command `cmd` carries: what was taken from a browser once passes the same check again."""
    if type(text) is not (dict if cmd == 'run' else str):
        return False
    try:
        read_command({'cmd': cmd, 'text': text})
    except BadCommand:
        return False
    return True


def _is_history(value):
    return type(value) is list and len(value) <= MOST_HISTORY and all(map(_is_short_text, value))


def _is_short_text(value):
    return type(value) is str and len(value) <= LONGEST_TEXT
