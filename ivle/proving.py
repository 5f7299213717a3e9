"""Proving an exercise: its tests must let its solution pass, and none of its wrong answers.

Nothing is kept here: the keys of the attempts follow from the key of the proof and from what is tested, so that whoever asks
again with the same key is told of the same attempts.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass

from ivle.hosts.testing import Testing
from ivle.teaching.worksheet import render_text

WAIT_SECONDS = 1.0
SOLUTION = 'solution'


@dataclass(frozen=True)
class Tried:
    """What became of one program: `name` is a wrong answer's, None for the solution.

    `told` is what the host says (`ivle.hosts.testing`), None when it knows nothing of it.
    """

    name: str | None
    told: dict | None

    @property
    def is_over(self):
        return self.told is None or self.told['state'] in ('judged', 'fault')

    @property
    def passed(self):
        return self.told is not None and self.told['state'] == 'judged' and self.told['verdict']['passed']

    @property
    def is_as_wanted(self):
        """Whether the tests say what they should: yes to the solution, no to a wrong answer."""
        is_judged = self.told is not None and self.told['state'] == 'judged'
        return is_judged and self.passed == (self.name is None)

    @property
    def objection(self):
        """Why the exercise cannot be published, in a sentence; None when this is no reason against it."""
        if not self.is_over or self.is_as_wanted:
            return None
        program = 'the solution' if self.name is None else f'the wrong answer “{self.name}”'
        if self.told is None:
            return f'Nothing is known of the test of {program} any more. Test again.'
        if self.told['state'] == 'fault':
            where = f' ({self.told["where"]})' if self.told['where'] else ''
            return f'The tests cannot be carried out{where}: {self.told["message"]}'
        return 'The solution does not pass its own tests.' if self.name is None else f'The tests let {program} pass.'


def new_key():
    """Return a key for a new proof."""
    return secrets.token_hex(16)


class Proof:
    """The attempts that prove one definition, under a key. Those that are not `first` let all pass who wait for a verdict."""

    def __init__(self, settings, login, definition, key, first=True):
        self._testing, self._login, self._first = Testing(settings), login, first
        self._definition, self._key = definition, key

    def _programs(self):
        """Give (name, key, code) of the solution and each wrong answer."""
        yield None, self._key_of(SOLUTION), self._definition.solution
        for name, code in self._definition.wrong_answers.items():
            yield name, self._key_of(f'wrong:{name}'), code

    def _key_of(self, program):
        return hashlib.sha256(f'{self._key}:{self._definition.digest}:{program}'.encode()).hexdigest()[:32]

    def begin(self, wait=WAIT_SECONDS):
        """Put every program into the line of the host; return what is told of each after at most so many seconds."""
        text = self._definition.to_json()
        for _, key, code in self._programs():
            self._testing.submit(self._login, key, text, code, wait=0.0, first=self._first)
        return self.look(wait)

    def look(self, wait=WAIT_SECONDS):
        """Return [Tried…] when all is over, or after so many seconds."""
        deadline = time.monotonic() + wait
        return [
            Tried(name, self._testing.look(key, wait=max(0.0, deadline - time.monotonic()))) for name, key, _ in self._programs()
        ]


def objections_to(tried):
    """Return the sentences that say why an exercise cannot be published."""
    return list(dict.fromkeys(one.objection for one in tried if one.objection))


def before_testing(definition):
    """Return the sentences that say what is to be mended before a definition can be tested."""
    missing = [
        f'The description cannot be shown as it is: {sentence}'
        for sentence in render_text(definition.description, definition.description_format).problems
    ]
    if not definition.solution.strip():
        missing.append('Write the solution first: attempts are compared with what it does.')
    if not definition.has_tests:
        missing.append('Nothing is tested yet: add a suite with a case that checks something.')
    return [*missing, *_look_at_nothing(definition)]


def _look_at_nothing(definition):
    """Name the suites whose check is passed by anything: they look at what a function returns, and call none."""
    return [
        f'{suite.name or "A suite"} looks at what a function returns, and calls none: name the function, or look at the output.'
        for suite in definition.suites
        if suite.kind == 'calls' and not suite.function
        if any(check.aspect == 'result' for case in suite.cases for check in case.checks)
    ]
