"""What is wrong with a course: sentences with the file and, where it is known, the line."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing to mend in a course."""

    file: str
    sentence: str
    line: int | None = None

    def __str__(self):
        return f'{self.file}:{self.line}: {self.sentence}' if self.line else f'{self.file}: {self.sentence}'


class BadCourse(Exception):
    """A folder that is no course. `problems` says everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]):
        super().__init__('\n'.join(map(str, problems)))
        self.problems = tuple(problems)
