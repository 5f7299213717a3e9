"""What an exercise is, apart from where it stands: its text, its code, and the tests an attempt has to pass.

A definition is JSON in the database and in exports; `ivle/teaching/reading.py` makes of it the values below.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

ASPECTS = ('result', 'stdout', 'stderr', 'exception', 'code', 'file')
TESTS = ('match', 'norm', 'check')
DESCRIPTION_FORMATS = ('rst', 'md', 'text')


@dataclass(frozen=True)
class Check:
    """One comparison. `aspect` is what of a run is looked at, `file` the name of the file where that is one.

    `match`: the attempt's is the solution's, in kind and value. `norm`: so it is after `source`, a function of one, was applied
    to both (nothing, when it is empty). `check`: `source`, a function of the solution's and the attempt's, says yes.
    `as_text`: the two are made text first, as the original did.
    """

    aspect: str = 'result'
    test: str = 'match'
    source: str = ''
    file: str = ''
    as_text: bool = False


@dataclass(frozen=True)
class Case:
    """What a student is told, when all `checks` hold (`passes`) and when one does not (`fails`)."""

    passes: str
    fails: str
    checks: Sequence[Check] = ()
    weight: int = 1


@dataclass(frozen=True)
class CallSuite:
    """A run of the program, or of one of its functions, and the cases that look at it. A case after one that failed is not told.

    `arguments`, `keywords` and `variables` (names the program finds set) are Python expressions. `function` is empty for the
    program itself. `is_hidden`: a student is told whether a case passed and no more.
    """

    name: str
    function: str = ''
    arguments: Sequence[str] = ()
    keywords: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    allowed_exceptions: Sequence[str] = ()
    stdin: str = ''
    files: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 5.0
    is_hidden: bool = False
    cases: Sequence[Case] = ()
    kind: str = 'calls'


@dataclass(frozen=True)
class PytestSuite:
    """Tests as pytest and Hypothesis know them: functions `test_…` of `source`, which import the attempt as `attempt`.

    They run where the student's code does not: what they call there is called in the other sandbox.
    """

    name: str
    source: str
    seconds: float = 20.0
    weight: int = 1
    is_hidden: bool = False
    kind: str = 'pytest'


@dataclass(frozen=True)
class Definition:
    """An exercise. `include` is code that the checks may use; `hints` are revealed one after the other; `rows` are lines.

    `wrong_answers` are programs, by a name that says what is wrong with them: tests that one of them passes are not good enough.
    """

    name: str
    description: str = ''
    description_format: str = 'rst'
    starter: str = ''
    solution: str = ''
    include: str = ''
    rows: int = 12
    hints: Sequence[str] = ()
    suites: Sequence[CallSuite | PytestSuite] = ()
    wrong_answers: Mapping[str, str] = field(default_factory=dict)

    def to_json(self):
        """Return the one text that stands for this definition."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(',', ':'))

    @property
    def digest(self):
        """What tells two definitions apart: 64 hexadecimal digits."""
        return hashlib.sha256(self.to_json().encode('utf-8', 'surrogatepass')).hexdigest()

    @property
    def has_tests(self):
        """Whether an attempt can fail: an exercise that tests nothing would be passed by anything."""
        return any(suite.kind == 'pytest' or any(case.checks for case in suite.cases) for suite in self.suites)
