"""Deadline night: three hundred attempts submitted within a minute over HTTP, and how pages answer meanwhile."""

import random
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import func, select

from bench.figures import bounded, counted, figure_of
from ivle.models import Attempt, AttemptState, Database, Enrolment, Offering, Role, Semester, Subject, User
from ivle.security import tokens
from tests.visitor import Visitor

STUDENTS, ATTEMPTS, SECONDS = 100, 300, 60.0
PATIENCE_SECONDS = 60.0
PAGE_EVERY_SECONDS = 0.2
WORKSHEET = '/tutorial/151/2026/s1/basics'
RIGHT = 'def fac(n):\n    if n < 0:\n        raise ValueError(n)\n    return 1 if n == 0 else n * fac(n - 1)\n'
WRONG = 'def fac(n):\n    return n\n'
PROGRAMS = (RIGHT, WRONG)


@dataclass
class Night:
    """What those who submit and those who look saw: times in milliseconds."""

    verdicts: list = field(default_factory=list)
    pages: list = field(default_factory=list)
    failures: list = field(default_factory=list)


def run(room):
    """Return the Rows."""
    database = Database(room.settings)
    try:
        visitors = [Visitor(room.site.url, token) for token in _enrol(database)]
        night = _submit_all(visitors)
        lost = ATTEMPTS - _judged(database)
    finally:
        database.close()
    failed = '; '.join(sorted(set(night.failures))[:3])
    return [
        bounded(
            '300 attempts within a minute, click to verdict', figure_of('click to verdict, by HTTP', night.verdicts), 'p95', 2000
        ),
        counted('of these, lost, doubled or refused', abs(lost) + len(night.failures), 0, 'attempts', failed),
        bounded('pages meanwhile', figure_of('a worksheet, meanwhile', night.pages), 'p95', 300),
    ]


def _enrol(database):
    """Return tokens of new students of the sample's subject."""
    with database.writing() as db:
        offering = db.scalars(
            select(Offering)
            .join(Offering.subject)
            .join(Offering.semester)
            .where(Subject.url_name == '151', Semester.year == 2026)
        ).one()
        found = []
        for _ in range(STUDENTS):
            user = User(login=f'night{secrets.token_hex(4)}', name='A student')
            db.add(user)
            db.flush()
            db.add(Enrolment(user_id=user.id, offering_id=offering.id, role=Role.STUDENT))
            found.append(tokens.make(db, user.id, 'bench'))
        return found


def _submit_all(visitors):
    night, chance = Night(), random.Random(1)
    moments = sorted(chance.uniform(0, SECONDS) for _ in range(ATTEMPTS))
    is_over = threading.Event()
    looking = threading.Thread(target=_look, args=(visitors[0], night, is_over))
    begun = time.perf_counter()
    looking.start()
    with ThreadPoolExecutor(ATTEMPTS) as pool:
        for number, moment in enumerate(moments):
            pool.submit(_submit, visitors[number % len(visitors)], begun + moment, PROGRAMS[number % len(PROGRAMS)], night)
    is_over.set()
    looking.join()
    return night


def _submit(visitor, moment, code, night):
    time.sleep(max(0.0, moment - time.perf_counter()))
    try:
        answer = visitor.post(f'{WORKSHEET}/factorial/@@submit', {'code': code, 'key': secrets.token_hex(16)})
        while answer.status == 202 or 'waiting' in answer.json:
            if time.perf_counter() > moment + PATIENCE_SECONDS:
                raise TimeoutError('no verdict in time')
            time.sleep(0.3)
            answer = visitor.get_json(f'{WORKSHEET}/factorial/@@attempts/{answer.json["number"]}')
        if answer.status != 200:
            raise AssertionError(f'status {answer.status}')
        night.verdicts.append(1000 * (time.perf_counter() - moment))
    except Exception as error:
        night.failures.append(f'{type(error).__name__}: {error}')


def _look(visitor, night, is_over):
    while not is_over.wait(PAGE_EVERY_SECONDS):
        before = time.perf_counter()
        visitor.get(WORKSHEET)
        night.pages.append(1000 * (time.perf_counter() - before))


def _judged(database):
    with database.reading() as db:
        mine = select(func.count()).select_from(Attempt).join(User, Attempt.user_id == User.id).where(User.login.like('night%'))
        return db.scalar(mine.where(Attempt.state == AttemptState.JUDGED))
