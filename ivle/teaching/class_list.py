"""Class lists: lines of `login,role`, and what each of them would change about who takes part."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass

ROLES = ('student', 'tutor', 'lecturer')
MOST_LINES = 5000
MOST_CHARACTERS = 400_000


class UnreadableList(ValueError):
    """There is nothing in it that could be a class list. The message is a sentence for the reader."""


@dataclass(frozen=True)
class Line:
    """One line. `role` is None where none is given; `problem` says why the line cannot be used, if so."""

    number: int
    login: str
    role: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Present:
    """An enrolment as it is: a role, and whether it is active."""

    role: str
    active: bool


@dataclass(frozen=True)
class Change:
    """What a line would do. `kind` is one of KINDS; `old` is the Present of before, `new` the role afterwards."""

    number: int
    login: str
    kind: str
    old: Present | None = None
    new: str | None = None
    detail: str | None = None

    @property
    def is_made(self):
        """Whether applying the list changes anything here, lowered roles aside: those are asked for."""
        return self.kind in MADE


MADE = ('new', 'raised', 'back')
# In the order that a reader wants to hear of them.
KINDS = (*MADE, 'lowered', 'unchanged', 'unknown', 'not-allowed', 'twice', 'unreadable')


def read_class_list(text: str) -> list[Line]:
    """Return the Lines of a list; UnreadableList when there is none, or too much.

    Cells are parted by commas, semicolons or tabs. A first line with the word `login` names the columns.
    """
    if len(text) > MOST_CHARACTERS:
        raise UnreadableList(f'That is more than {MOST_CHARACTERS} characters: divide the list.')
    text = text.removeprefix('\ufeff')
    first = next((line for line in text.splitlines() if line.strip()), '')
    delimiter = max(',;\t', key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=''), delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableList(f'The list cannot be read: {error}.') from None
    numbered = [
        (number, [cell.strip() for cell in row]) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)
    ]
    login_at: int = 0
    role_at: int | None = 1
    if numbered and 'login' in (heading := [cell.lower() for cell in numbered[0][1]]):
        login_at, role_at = heading.index('login'), heading.index('role') if 'role' in heading else None
        numbered = numbered[1:]
    if not numbered:
        raise UnreadableList('There is no line in the list. Write a login on each, and behind a comma the role.')
    if len(numbered) > MOST_LINES:
        raise UnreadableList(f'A list has at most {MOST_LINES} lines: divide it.')
    return [_line(number, _cell(cells, login_at), _cell(cells, role_at)) for number, cells in numbered]


def _cell(cells, at):
    return cells[at] if at is not None and at < len(cells) else ''


def _line(number, login, role):
    login, role = login.lower(), role.lower()
    if not login:
        return Line(number, '', problem='There is no login in this line.')
    if role and role not in ROLES:
        return Line(number, login, problem=f'There is no role {role[:40]}: it is one of {", ".join(ROLES)}.')
    return Line(number, login, role or None)


def plan(lines, known, present, roles_to_give) -> list[Change]:
    """Return what each Line would change.

    `known` are the logins that have an account, `present` is {login: Present}, `roles_to_give` the roles that whoever applies
    the list may give and take. A line without a role leaves that of somebody who takes part already as it is.
    """
    changes, seen = [], set()
    for line in lines:
        changes.append(_change(line, known, present, roles_to_give, line.login in seen))
        seen.add(line.login)
    return changes


def _change(line, known, present, roles_to_give, is_second):
    if line.problem:
        return Change(line.number, line.login, 'unreadable', detail=line.problem)
    if is_second:
        return Change(line.number, line.login, 'twice')
    if line.login not in known:
        return Change(line.number, line.login, 'unknown')
    old = present.get(line.login)
    new = line.role or (old.role if old else ROLES[0])
    kind = _kind(old, new)
    touched = {new, old.role} if old else {new}
    if kind != 'unchanged' and not touched <= set(roles_to_give):
        kind = 'not-allowed'
    return Change(line.number, line.login, kind, old, new)


def _kind(old, new):
    if old is None:
        return 'new'
    if old.role == new:
        return 'unchanged' if old.active else 'back'
    return 'raised' if ROLES.index(new) > ROLES.index(old.role) else 'lowered'


def digest_of(changes) -> str:
    """Return a text that is another one as soon as applying the same list would do anything else.

    Lines that cannot be read do nothing and are left out, as `written` leaves them out.
    """
    said = [(c.login, c.kind, c.old and (c.old.role, c.old.active), c.new) for c in changes if c.kind != 'unreadable']
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def written(lines) -> str:
    """Return Lines as a list that `read_class_list` reads in the same way."""
    text = io.StringIO()
    csv.writer(text).writerows([('login', 'role'), *((line.login, line.role or '') for line in lines if not line.problem)])
    return text.getvalue()
