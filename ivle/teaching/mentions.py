"""The exercises that a text mentions, while it is rendered: each stands in it as a word that nobody can guess."""

import re
import secrets

from ivle.url_names import is_url_name


class Mentions:
    """Gathers the exercises of a text. `placeholder` gives the word that stands for one until the HTML is cut into pieces."""

    def __init__(self, problems, are_allowed=True):
        self._problems, self._are_allowed = problems, are_allowed
        self._secret = secrets.token_hex(12)
        self.found = []
        self.pattern = re.compile(f'ivle{self._secret}x([0-9]+)x')

    def placeholder(self, identifier, is_optional, line):
        """Return the word for an exercise, empty when it cannot stand there: the problem is noted then."""
        sentence = self._objection(identifier)
        if sentence:
            self._problems.add(sentence, line)
            return ''
        self.found.append((identifier, is_optional))
        return f'ivle{self._secret}x{len(self.found) - 1}x'

    def _objection(self, identifier):
        if not self._are_allowed:
            return 'an exercise cannot stand in this text, only in a worksheet.'
        if not identifier:
            return 'the exercise has no identifier: write for example exercise:: factorial.'
        if not is_url_name(identifier):
            return (
                f'{identifier!r} is not the identifier of an exercise: '
                'write lower-case letters, digits and _ . + -, beginning with a letter or digit.'
            )
        if any(identifier == name for name, _ in self.found):
            return f'the exercise {identifier} stands in the worksheet already: name each exercise once.'
        return None
