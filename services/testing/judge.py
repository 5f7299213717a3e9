"""The judge: holds one exercise in a box of its own, and judges each attempt in a process of its own.

Messages come with descriptors. The first brings a file with the definition and is answered {"ready"} or {"fault"}; each that
follows brings a file with the source of an attempt, the end of a socket to its box, and that of one on which the verdict is told
as it grows.
"""

import os
import platform
import resource
import signal
import socket

from ivle import chat
from services.testing.asking import Attempt
from services.testing.comparing import Fault, Suites, order_of
from services.testing.errors import error_of
from services.testing.properties import Properties
from services.testing.runner import Runner

# What comparing may take of the processor: the attempt itself takes none of it. Tests of pytest have their own seconds besides.
CHECK_SECONDS = 5
# The characters of all suites of a verdict, written as JSON: what is longer is left out.
MOST_TOLD = 400_000
# What can wait leaves the processor to what cannot.
LATER, NICENESS = b'later', 10
_SPACE = socket.CMSG_SPACE(4 * 4)


def serve(channel, output_bytes):
    """Judge attempts until the channel, a socket that keeps messages apart, is closed."""
    _, [file] = _receive(channel)
    definition = chat.loads(_content(file))
    try:
        runner = Runner(definition['solution'], output_bytes)
        suites = Suites(definition, runner)
        properties = [Properties(suite, runner) for suite in definition['suites'] if suite['kind'] == 'pytest']
    except Fault as fault:
        _say(channel, {'fault': {'where': fault.where[:200], 'message': fault.message[:4000]}})
        return
    _say(channel, {'ready': {'python': platform.python_version()}})
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, descriptors = _receive(channel)
        if not message:
            return
        if os.fork() == 0:
            channel.close()
            os.nice(NICENESS if message == LATER else 0)
            _judge(suites, properties, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _receive(channel):
    channel.settimeout(None)
    message, ancillary, _, _ = channel.recvmsg(16, _SPACE, socket.MSG_CMSG_CLOEXEC)
    return message, [one for _, _, data in ancillary for one in memoryview(data).cast('i')]


def _content(file):
    with open(file, 'rb') as opened:
        opened.seek(0)
        return opened.read()


def _say(channel, told):
    channel.send(chat.dumps(told).encode('utf-8', 'replace'))


def _judge(suites, properties, file, attempt_end, verdict_end):
    """Judge one attempt; never returns. What ends this process before the verdict was the attempt's doing."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        seconds = sum(one.seconds for one in (*suites, *properties))
        _keep_within(CHECK_SECONDS + int(sum(one.seconds for one in properties)))
        verdict = socket.socket(fileno=verdict_end)
        attempt = Attempt(socket.socket(fileno=attempt_end), _content(file).decode('utf-8'), seconds)
        for told in judgement(suites, properties, attempt):
            chat.write_value(verdict, told)
    except chat.ConnectionLost:
        # Nobody waits for this verdict any more.
        pass
    finally:
        os._exit(0)


def _keep_within(seconds):
    # A check that never ends, or never with what the attempt gave it, is ended with this process.
    seconds = min(seconds, resource.getrlimit(resource.RLIMIT_CPU)[1])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def judgement(suites, properties, attempt):
    """Yield {"suite": SUITE} for each suite, the hidden ones last, then {"verdict": {"passed", "got", "of", "error"}}."""
    if attempt.fault:
        yield _critical(error_of(attempt.fault['exception'], 'syntax'))
        return
    judged, room = [], MOST_TOLD
    for told in _all_judged(suites, properties, attempt):
        if told['error'] is not None and told['error']['kind'] == 'missing' and not told['is_hidden']:
            yield _critical(told['error'])
            return
        told, length = _within(told, room)
        room -= length
        judged.append(told)
        yield {'suite': told}
    yield {
        'verdict': {
            'passed': bool(judged) and all(suite['passed'] for suite in judged),
            'got': sum(suite['got'] for suite in judged),
            'of': sum(suite['of'] for suite in judged),
            'error': None,
        }
    }


def _all_judged(suites, properties, attempt):
    for is_hidden in (False, True):
        # Nothing of the hidden ones is where the attempt is before the others have been told.
        asked = [suite for suite in suites if suite.is_hidden == is_hidden]
        for suite, outcome in zip(asked, attempt.runs([order_of(suite.suite) for suite in asked]), strict=True):
            yield suite.judge(outcome, attempt.source)
        for one in properties:
            if one.is_hidden == is_hidden:
                yield one.judge(attempt)


def _within(told, room):
    """Return (what is told of a suite, its characters as JSON), without its long parts where there is no room for them."""
    if (length := len(chat.dumps(told))) <= room:
        return told, length
    cases = [{name: case[name] for name in ('name', 'passed', 'aspect') if name in case} for case in told['cases']]
    error = told['error'] and {**told['error'], 'message': told['error']['message'][:200], 'traceback': ''}
    told = {**told, 'stdin': '', 'call': '', 'cases': cases, 'error': error}
    return told, len(chat.dumps(told))


def _critical(error):
    return {'verdict': {'passed': False, 'got': 0, 'of': 1, 'error': error}}
