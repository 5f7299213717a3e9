"""Testing: attempts at exercises are put into the line of a host, judged there in sandboxes, and their verdicts collected."""

import logging

from ivle import chat, envelopes
from ivle.errors import IvleError, ServiceDown
from ivle.hosts.shapes import Misshapen, either, flag, many, maybe, one_of, record, text, whole
from ivle.secrets import read_secret

ANSWER_SECONDS = 20.0
_DOWN = 'Programs cannot be tested for the moment. What you wrote is kept; it is tested as soon as that is possible again.'
_FULL = 'Too many programs wait to be tested. What you wrote is kept; submit it again in a minute.'

_WORDS = text(300_000)
_ERROR = record(
    {
        'kind': one_of('exception', 'time', 'output', 'killed', 'left', 'skipped', 'syntax', 'missing'),
        'name': text(500),
        'message': text(2000),
        'line': maybe(whole(1 << 31)),
        'traceback': text(10_000),
    }
)
_CASE = record(
    {'name': text(500), 'passed': flag},
    {
        'aspect': one_of('result', 'stdout', 'stderr', 'exception', 'code', 'file'),
        'expected': text(4000),
        'actual': text(4000),
        'detail': text(2000),
    },
)
_SUITE = record(
    {
        'name': text(500),
        'passed': flag,
        'is_hidden': flag,
        'call': text(4000),
        'stdin': text(4000),
        'cases': many(_CASE, 1000),
        'error': maybe(_ERROR),
        'got': whole(1 << 31),
        'of': whole(1 << 31),
    }
)
_SUITES = many(_SUITE, 60)
_VERDICT = record(
    {
        'passed': flag,
        'got': whole(1 << 31),
        'of': whole(1 << 31),
        'error': maybe(_ERROR),
        'python': text(100),
        'suites': _SUITES,
    }
)
_ANSWER = either(
    'state',
    {
        'queued': record({'state': one_of('queued'), 'place': whole(), 'seconds': whole()}),
        'running': record({'state': one_of('running'), 'suites': _SUITES, 'total': whole()}),
        'judged': record({'state': one_of('judged'), 'verdict': _VERDICT}),
        'fault': record({'state': one_of('fault'), 'where': text(200), 'message': text(4000)}),
        None: record({'state': one_of('lost'), 'message': text(500)}),
    },
)

log = logging.getLogger(__name__)


class Testing:
    """Talks to sandbox-server about attempts, each of which goes by a key of 32 hexadecimal digits.

    What is told of an attempt is one of {"state": "queued", "place", "seconds"}, {"state": "running", "suites", "total"},
    {"state": "judged", "verdict"} and {"state": "fault", "where", "message"}: then the exercise is at fault, the attempt void.
    ServiceDown when there is no answer.
    """

    # pytest takes every class with this name for tests.
    __test__ = False

    def __init__(self, settings):
        self._settings = settings

    def submit(self, login, key, definition, code, wait=1.0, first=True):
        """Have an attempt judged, unless one with this key is known; return what is told of it after at most `wait` seconds.

        `definition` is the JSON text of the exercise. One that is not `first` gives way to all that are. None when it was lost:
        submit it again.
        """
        properties = {'login': login, 'key': key, 'definition': definition, 'code': code, 'first': first, 'wait': wait}
        return self._ask({'test_submit': properties})

    def look(self, key, wait=0.0):
        """Return what is told of an attempt, None when the host knows nothing of it: submit it again."""
        return self._ask({'test_look': {'key': key, 'wait': wait}})

    def _ask(self, action):
        settings = self._settings
        try:
            reply = envelopes.ask(
                settings.path('run', 'sandbox.sock'), read_secret(settings, 'sandbox'), 'sandbox', action, timeout=ANSWER_SECONDS
            )
            if type(reply) is dict and set(reply) == {'error'}:
                return self._refused(reply['error'])
            told = _ANSWER(reply)
        except (chat.ProtocolError, envelopes.RemoteError, Misshapen) as error:
            log.error('%s failed: %s', next(iter(action)), error)
            raise ServiceDown(_DOWN) from error
        return None if told['state'] == 'lost' else told

    def _refused(self, error):
        code = error.get('code') if type(error) is dict else None
        if code == 'not-found':
            return None
        log.error('a test was refused: %s', error)
        if code == 'too-many':
            raise IvleError(_FULL, code='too-many', status=503)
        raise ServiceDown(_DOWN)
