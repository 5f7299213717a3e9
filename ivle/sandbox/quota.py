"""The room that each account has: measured seldom enough to cost next to nothing, often enough to be told in time.

Most hosts have no quotas in the file system, and boxes of one user id could not be told apart by them. So the daemon counts.

How often, for each account: never twice within two seconds (half a second where the disk itself filled up meanwhile), and
only while it has credit. Credit is processor time: 2 % of the time that passes, at most one second saved up. What a walk
took is taken from it. So ten files are measured every two seconds, and a walk of half a second comes about twice a minute.
What is measured only because somebody watches has a second credit, one for all accounts together: 10 % of a core.
"""

import asyncio
import concurrent.futures
import logging
import os
import threading

from ivle.sandbox.measuring import Measured, measure
from ivle.usage import FULL, NEARLY_FULL, OVER, Usage

SHARE_OF_A_CORE, SHARE_FOR_ALL = 0.02, 0.1
MOST_CREDIT_SECONDS = 1.0
BETWEEN_WALKS_SECONDS = 2.0
BETWEEN_HASTY_WALKS_SECONDS = 0.5
# Watched accounts: how often the disk is asked what is free, and how old a measurement may become at most.
TICK_SECONDS = 0.5
WATCHED_SECONDS = 10.0
QUIET_SECONDS = 60.0
LEAST_DROP_BYTES, LEAST_DROP_FILES = 4 << 20, 500
GLANCE_SECONDS = 0.05
FIRST_LOOK_SECONDS = 0.2
# More would only wait for the same disk.
WALKERS = 2
# Walks that wait for the walkers because somebody watches: requests should not wait behind more.
MOST_WALKS = 20
FORGOTTEN_SECONDS, MOST_REMEMBERED = 3600.0, 2000

log = logging.getLogger('ivle.sandbox.quota')


class _Credit:
    """Processor time that may be spent: a share of the time that passes."""

    def __init__(self, share, now):
        self._share, self._seconds, self._since = share, MOST_CREDIT_SECONDS, now

    def left(self, now):
        self._seconds = min(MOST_CREDIT_SECONDS, self._seconds + (now - self._since) * self._share)
        self._since = now
        return self._seconds

    def spend(self, seconds):
        self._seconds -= seconds


class _Account:
    """What is known of one account, and who wants to know."""

    def __init__(self, now):
        self.usage = self.walking = None
        self.ended = now - BETWEEN_WALKS_SECONDS
        self.credit = _Credit(SHARE_OF_A_CORE, now)
        self.free = (0, 0)
        self.watchers = {}
        self.is_doubted = False

    def is_due(self, now, seconds=None):
        if self.walking is not None:
            return False
        if self.is_doubted:
            # Whoever just emptied the trash must see it. They owe the time.
            return self.credit.left(now) > -MOST_CREDIT_SECONDS
        seconds = BETWEEN_WALKS_SECONDS if seconds is None else seconds
        return now - self.ended >= seconds and self.credit.left(now) > 0

    def age(self, now):
        """Return how old in seconds what is known is."""
        return float('inf') if self.usage is None or self.is_doubted else now - self.usage.at


class Quotas:
    """Knows how full each account is. Of one event loop; `close` at the end."""

    def __init__(self, settings, places):
        self.limit, self.most_files = settings.quota, settings.quota_files
        self._places = places
        self._accounts = {}
        self._walkers = concurrent.futures.ThreadPoolExecutor(WALKERS, thread_name_prefix='quota')
        self._stop = threading.Event()
        self._ticking = self._credit = None

    @property
    def is_on(self) -> bool:
        return bool(self.limit or self.most_files)

    async def look(self, login: str, seconds_old: float = 0.0) -> Usage:
        """Return what an account takes, measured now unless the rule above says that what is known must do.

        What is at most `seconds_old` does for an account that has room.
        """
        if not self.is_on:
            return Usage(0, 0, 0, 0)
        account = self._account(login)
        if account.age(_now()) < seconds_old and not account.usage.level:
            return account.usage
        if account.is_due(_now()):
            self._begin(login, account)
        if account.walking is not None:
            await asyncio.shield(account.walking)
        return account.usage or Usage(0, self.limit, 0, self.most_files)

    async def glance(self, login: str) -> Usage | None:
        """Return what is known of an account at once, and measure it behind the scenes; None while nothing is known.

        A first measurement is waited for no longer than nobody notices.
        """
        if not self.is_on:
            return None
        account = self._account(login)
        if account.is_due(_now()):
            self._begin(login, account)
        if account.usage is None and account.walking is not None:
            await asyncio.wait([account.walking], timeout=GLANCE_SECONDS)
        return account.usage

    def doubt(self, login: str) -> None:
        """Take note that what is known of an account is no longer so: the next `look` measures it."""
        if login in self._accounts:
            self._accounts[login].is_doubted = True

    def watch(self, login: str, on_change) -> None:
        """Call `on_change(usage)` whenever the account's `level` is another than at the last call; it begins as 0."""
        if not self.is_on:
            return
        account = self._account(login)
        account.watchers[on_change] = 0
        if account.usage is not None:
            asyncio.get_running_loop().call_soon(self._tell, account)
        # Whoever begins to be watched is just starting something: a walk over the disk would be in its way.
        asyncio.get_running_loop().call_later(FIRST_LOOK_SECONDS, self._begin_if_due, login)
        if self._ticking is None or self._ticking.done():
            self._ticking = asyncio.create_task(self._tick())

    def _begin_if_due(self, login):
        account = self._accounts.get(login)
        if account is not None and account.watchers and not self._stop.is_set() and account.is_due(_now()):
            self._begin(login, account)

    def unwatch(self, login: str, on_change) -> None:
        """End a `watch`. No harm when there is none."""
        if login in self._accounts:
            self._accounts[login].watchers.pop(on_change, None)

    async def close(self) -> None:
        """End all measuring."""
        self._stop.set()
        tasks = [task for task in (self._ticking, *(account.walking for account in self._accounts.values())) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._walkers.shutdown)

    # -- measuring ----------------------------------------------------------------------------------

    def _account(self, login):
        if login not in self._accounts:
            if len(self._accounts) >= MOST_REMEMBERED:
                self._forget()
            self._accounts[login] = _Account(_now())
        return self._accounts[login]

    def _forget(self):
        late = _now() - FORGOTTEN_SECONDS
        for login, account in list(self._accounts.items()):
            if not account.watchers and account.walking is None and account.ended < late:
                del self._accounts[login]

    def _begin(self, login, account):
        account.is_doubted = False
        account.walking = asyncio.create_task(self._walk(login, account))

    async def _walk(self, login, account):
        path = self._places.path('accounts', login)
        try:
            free = _free(path)
            found = await asyncio.get_running_loop().run_in_executor(self._walkers, measure, path, self.most_files, self._stop)
        except OSError as error:
            # No such account, or a disk that cannot be read: nothing is refused for what nobody knows.
            log.info('%s cannot be measured: %s', login, error)
            found, free = Measured(0, 0, 0, False, False, _now(), 0.0), (0, 0)
        finally:
            account.walking = None
        account.ended, account.free = _now(), free
        account.credit.spend(found.processor_seconds)
        if account.watchers and self._credit is not None:
            self._credit.spend(found.processor_seconds)
        account.usage = self._taken(found, account.usage)
        self._tell(account)

    def _taken(self, found, before):
        used, files = found.used, found.files
        if not found.is_whole and before is not None:
            # Somebody moved things about while they were counted: that must not make them fewer.
            used, files = max(used, before.used), max(files, before.files)
        return Usage(used, self.limit, files, self.most_files, found.trash, found.hides, found.began)

    # -- watching -----------------------------------------------------------------------------------

    def _tell(self, account):
        for on_change, level in list(account.watchers.items()):
            if account.usage.level != level:
                account.watchers[on_change] = account.usage.level
                try:
                    on_change(account.usage)
                except Exception:
                    # Theirs to mend; the others still want to know.
                    log.exception('a watcher of a quota failed')

    async def _tick(self):
        self._credit = _Credit(SHARE_FOR_ALL, _now())
        while any(account.watchers for account in self._accounts.values()):
            await asyncio.sleep(TICK_SECONDS)
            try:
                free = _free(self._places.path('accounts'))
            except OSError as error:
                log.warning('the disk does not say what is free: %s', error)
                continue
            self._measure_watched(free)

    def _measure_watched(self, free):
        now = _now()
        watched = [(login, account) for login, account in self._accounts.items() if account.watchers]
        seconds = {login: self._seconds_between(account, free) for login, account in watched}
        # Who has waited longest for their turn comes first: some that are always due must not keep it from the others.
        watched.sort(key=lambda item: (item[1].ended - now) / seconds[item[0]])
        walks = sum(account.walking is not None for account in self._accounts.values())
        for login, account in watched:
            if walks >= MOST_WALKS or self._credit.left(now) <= 0:
                return
            if account.is_due(now, seconds[login]):
                self._begin(login, account)
                walks += 1

    def _seconds_between(self, account, free):
        """Return how old the measurement of a watched account may be, as the disk has changed since."""
        usage = account.usage
        if usage is None:
            return BETWEEN_WALKS_SECONDS
        if free == account.free:
            return QUIET_SECONDS
        dropped_bytes, dropped_files = account.free[0] - free[0], account.free[1] - free[1]
        # No account can have grown by more than the whole disk has filled up.
        if dropped_bytes >= _room(usage.used, usage.limit, LEAST_DROP_BYTES):
            return BETWEEN_HASTY_WALKS_SECONDS
        if dropped_files >= _room(usage.files, usage.most_files, LEAST_DROP_FILES):
            return BETWEEN_HASTY_WALKS_SECONDS
        return BETWEEN_WALKS_SECONDS if usage.level else WATCHED_SECONDS


def _room(taken, most, least):
    """Return by how much half the way to the next mark is walked, and never less than `least`."""
    marks = [share * most for share in (NEARLY_FULL, FULL, OVER) if share * most > taken]
    return max(least, (marks[0] - taken) / 2) if marks else float('inf')


def _free(path):
    found = os.statvfs(path)
    return found.f_bfree * found.f_frsize, found.f_ffree


def _now():
    return asyncio.get_running_loop().time()
