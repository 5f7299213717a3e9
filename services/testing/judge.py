"""The judge: holds one exercise in a box of its own, and has each attempt judged in another process of that box.

Messages come with descriptors. The first brings a file with the definition and is answered {"ready"} or {"fault"}; each that
follows brings a file with the source of an attempt, the end of a socket to its box, and that of one on which the verdict is told
as it grows.
"""

import os
import platform
import socket

from ivle import chat
from services.testing.asking import Attempt
from services.testing.comparing import Fault, Suites, order_of
from services.testing.errors import error_of
from services.testing.examiners import Examiners
from services.testing.properties import Properties
from services.testing.runner import Runner

# What comparing may take of the processor: the attempt itself takes none of it. Tests of pytest have their own seconds besides.
CHECK_SECONDS = 5
# The characters of all suites of a verdict, written as JSON: what is longer is left out.
MOST_TOLD = 400_000
# What is said where an attempt's box has to be replaced; the answer brings the socket to another.
RENEW = {'renew': None}
_RENEW_SECONDS = 60.0
_SPACE = socket.CMSG_SPACE(4 * 4)


def serve(channel, output_bytes, stretch, attempt_seconds):
    """Judge attempts until the channel, a socket that keeps messages apart, is closed.

    What has to wait for the processor has up to `stretch` times its seconds, and all of an attempt `attempt_seconds`.
    """
    _, [file] = _receive(channel)
    definition = chat.loads(_content(file))
    runner = Runner(definition['solution'], output_bytes, stretch)
    try:
        suites = Suites(definition, runner)
        properties = [Properties(suite, runner) for suite in definition['suites'] if suite['kind'] == 'pytest']
    except Fault as fault:
        _say(channel, {'fault': {'where': fault.where[:200], 'message': fault.message[:4000]}})
        return
    finally:
        runner.close()
    check_seconds = CHECK_SECONDS + int(sum(one.seconds for one in properties))
    is_plain = suites.are_plain and not properties

    def ask(channel, source, renew):
        return Attempt(channel, source, attempt_seconds, stretch, renew, bool(properties))

    examiners = Examiners(lambda *given: _judge(suites, properties, ask, *given), check_seconds, is_plain, channel)
    _say(channel, {'ready': {'python': platform.python_version()}})
    while True:
        message, descriptors = _receive(channel)
        if not message:
            return
        examiners.give(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _receive(channel):
    message, ancillary, _, _ = channel.recvmsg(16, _SPACE, socket.MSG_CMSG_CLOEXEC)
    return message, [one for _, _, data in ancillary for one in memoryview(data).cast('i')]


def _content(file):
    with open(file, 'rb') as opened:
        opened.seek(0)
        return opened.read()


def _say(channel, told):
    channel.send(chat.dumps(told).encode('utf-8', 'replace'))


def _judge(suites, properties, ask, file, attempt_end, verdict_end):
    """Judge one attempt; return whether nothing out of the way has happened."""
    channel, source = socket.socket(fileno=attempt_end), _content(file).decode('utf-8')
    with socket.socket(fileno=verdict_end) as verdict:
        attempt = ask(channel, source, lambda: _another_box(verdict))
        try:
            for told in judgement(suites, properties, attempt):
                chat.write_value(verdict, told)
        except chat.ConnectionLost:
            # Nobody waits for this verdict any more.
            return False
        finally:
            attempt.close()
    return attempt.is_clean


def _another_box(verdict):
    chat.write_value(verdict, RENEW)
    verdict.settimeout(_RENEW_SECONDS)
    _, [descriptor] = _receive(verdict)
    return socket.socket(fileno=descriptor)


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
