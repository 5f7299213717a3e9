"""The sweeper: once a minute, closes what should have ended by itself, such as accounts whose last day is over.

The collector, more often, has attempts judged that are left waiting.
"""

import logging
import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from ivle.errors import IvleError
from ivle.judging import Judging
from ivle.models import Database
from ivle.security.administration import Administrator

SWEEP_SECONDS = 60.0
COLLECT_SECONDS = 10.0

log = logging.getLogger(__name__)


class TheSite:
    """The actor of what the site does by itself, as the records name it."""

    id, login = None, 'the site'


class Sweeper(threading.Thread):
    """Sweeps as long as the web process lives. What a crash left undone is done at the next start."""

    def __init__(self, settings, seconds=SWEEP_SECONDS):
        super().__init__(name='sweeper', daemon=True)
        self._settings, self._seconds = settings, seconds

    def run(self):
        database = Database(self._settings)
        while True:
            time.sleep(self._seconds)
            self.sweep(database)

    def sweep(self, database):
        """Close expired accounts, with their consoles and repository keys. What fails is tried again next time."""
        try:
            for login in Administrator(self._settings, database, TheSite()).close_expired():
                log.info('the account %s is over and was closed', login)
        except (SQLAlchemyError, IvleError) as error:
            log.warning('sweeping must wait: %s', error)


class Collector(threading.Thread):
    """Has attempts judged that nobody waits for: those of who went away, and those that a crash left behind."""

    def __init__(self, settings, seconds=COLLECT_SECONDS):
        super().__init__(name='collector', daemon=True)
        self._settings, self._seconds = settings, seconds

    def run(self):
        judging = Judging(self._settings, Database(self._settings))
        while True:
            time.sleep(self._seconds)
            try:
                if over := judging.sweep():
                    log.info('%d attempts that were left waiting are judged', over)
            except SQLAlchemyError as error:
                log.warning('attempts wait on: %s', error)
            except Exception:
                # The edge of a thread: one that ended would leave all who come later waiting.
                log.exception('attempts wait on')
