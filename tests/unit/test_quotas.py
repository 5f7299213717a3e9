"""Quotas: how full an account is, measured when somebody asks or watches, and not more often than it may cost."""

import asyncio
import os
from pathlib import Path

import pytest

from ivle.sandbox import quota
from ivle.sandbox.places import Places
from ivle.sandbox.quota import Quotas
from ivle.settings import Settings

KIB = 1024
# A tenth of what holds outside, so that the tests are ten times as fast.
FAST = {'BETWEEN_WALKS_SECONDS': 0.2, 'BETWEEN_HASTY_WALKS_SECONDS': 0.05, 'TICK_SECONDS': 0.05, 'WATCHED_SECONDS': 1.0}


@pytest.fixture
def settings(data):
    settings = Settings(data=Path(data), quota=1000 * KIB, quota_files=1000)
    for login in ('ann', 'ben'):
        for area in ('home', 'trash', 'staging'):
            settings.path('accounts', login, area).mkdir(parents=True)
    return settings


@pytest.fixture
def fast(monkeypatch):
    for name, seconds in FAST.items():
        monkeypatch.setattr(quota, name, seconds)


@pytest.fixture
def walks(monkeypatch):
    """Return a list that the path of each account that is measured is added to."""
    walked, measure = [], quota.measure

    def measured(path, *rest):
        walked.append(Path(path).name)
        return measure(path, *rest)

    monkeypatch.setattr(quota, 'measure', measured)
    return walked


def fill(settings, kibibytes, login='ann', name='big'):
    """Let a file of an account have that size, all of it on the disk."""
    # At once: whoever measures meanwhile must not see the half of it.
    draft = settings.path('draft')
    draft.write_bytes(os.urandom(kibibytes * KIB))
    draft.rename(settings.path('accounts', login, 'home', name))


def run(settings, work):
    """Return what `await work(quotas)` returns; the quotas are closed after it."""

    async def main():
        quotas = Quotas(settings, Places(settings))
        try:
            return await asyncio.wait_for(work(quotas), 120)
        finally:
            await quotas.close()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ('kibibytes', 'level', 'flags'),
    [
        (0, 0, (False, False, False)),
        (896, 0, (False, False, False)),
        (900, 1, (True, False, False)),
        (1000, 2, (True, True, False)),
        (1100, 3, (True, True, True)),
    ],
)
def test_an_account_has_room_is_nearly_full_full_or_over(settings, kibibytes, level, flags):
    fill(settings, kibibytes)
    usage = run(settings, lambda quotas: quotas.look('ann'))
    assert usage.level == level
    assert (usage.is_nearly_full, usage.is_full, usage.is_over) == flags


def test_many_files_fill_an_account_as_much_as_large_ones(settings):
    settings.path('accounts', 'ann', 'home', 'first').touch()
    for number in range(999):
        os.link(settings.path('accounts', 'ann', 'home', 'first'), settings.path('accounts', 'ann', 'home', str(number)))
    usage = run(Settings(data=settings.data, quota_files=1), lambda quotas: quotas.look('ann'))
    assert (usage.files, usage.is_full) == (1, True)
    assert usage.sentence.startswith('Your files take 1 of 1 files: nothing can be added')


def test_the_sentence_says_how_much_of_what_and_what_helps(settings):
    fill(settings, 1000)
    sentence = run(settings, lambda quotas: quotas.look('ann')).sentence
    assert sentence.startswith('Your files take 1000 KiB of 1000 KiB: nothing can be added')
    assert 'empty the trash' in sentence


def test_without_limits_nothing_is_measured(settings, walks):
    unlimited = Settings(data=settings.data, quota=0, quota_files=0)
    usage = run(unlimited, lambda quotas: quotas.look('ann'))
    assert (usage.level, walks) == (0, [])


def test_of_an_account_that_does_not_exist_nothing_is_known(settings):
    assert run(settings, lambda quotas: quotas.look('nobody')).level == 0


def test_many_looks_at_once_are_one_walk(settings, walks):
    async def work(quotas):
        await asyncio.gather(*(quotas.look('ann') for _ in range(50)))
        await quotas.look('ann')

    run(settings, work)
    assert walks == ['ann']


def test_a_look_after_a_while_sees_what_has_changed(settings, fast):
    async def work(quotas):
        before = await quotas.look('ann')
        fill(settings, 1000)
        await asyncio.sleep(0.25)
        return before, await quotas.look('ann')

    before, after = run(settings, work)
    assert (before.level, after.level) == (0, 2)


def test_what_is_young_enough_does_where_there_is_room(settings, fast, walks):
    async def work(quotas):
        await quotas.look('ann')
        await asyncio.sleep(0.25)
        await quotas.look('ann', seconds_old=10)

    run(settings, work)
    assert walks == ['ann']


def test_what_is_young_does_not_do_where_there_is_little_room(settings, fast):
    fill(settings, 950)

    async def work(quotas):
        await quotas.look('ann')
        fill(settings, 0)
        await asyncio.sleep(0.25)
        return await quotas.look('ann', seconds_old=10)

    assert run(settings, work).level == 0


def test_what_is_doubted_is_measured_at_once(settings):
    fill(settings, 1000)

    async def work(quotas):
        await quotas.look('ann')
        fill(settings, 0)
        stale = await quotas.look('ann')
        quotas.doubt('ann')
        return stale, await quotas.look('ann')

    stale, fresh = run(settings, work)
    assert (stale.level, fresh.level) == (2, 0)


def test_an_account_that_takes_long_to_measure_is_measured_seldom(settings, fast, walks, monkeypatch):
    monkeypatch.setattr(quota, 'MOST_CREDIT_SECONDS', 0.0)

    async def work(quotas):
        for _ in range(6):
            await quotas.look('ann')
            await asyncio.sleep(0.25)

    monkeypatch.setattr(quota, 'SHARE_OF_A_CORE', 1e-9)
    run(settings, work)
    assert len(walks) <= 1


def test_who_watches_is_told_each_step_once(settings, fast):
    steps = asyncio.Queue()

    async def work(quotas):
        quotas.watch('ann', steps.put_nowait)
        told = []
        for *between, kibibytes in ((920,), (930, 1010), (1200,), (10,)):
            for same in between:
                fill(settings, same)
                # Long enough to be told, were that a step.
                await asyncio.sleep(0.3)
            fill(settings, kibibytes)
            told.append((await steps.get()).level)
        await asyncio.sleep(0.3)
        return told if steps.empty() else None

    assert run(settings, work) == [1, 2, 3, 0]


def test_who_begins_to_watch_a_full_account_is_told_at_once(settings):
    fill(settings, 1000)
    steps = asyncio.Queue()

    async def work(quotas):
        await quotas.look('ann')
        quotas.watch('ann', steps.put_nowait)
        return (await steps.get()).level

    assert run(settings, work) == 2


def test_nobody_is_told_of_anothers_account_or_after_the_end_of_a_watch(settings, fast):
    told = []

    async def work(quotas):
        quotas.watch('ann', told.append)
        quotas.watch('ben', lambda usage: None)
        quotas.unwatch('ann', told.append)
        quotas.unwatch('nobody', told.append)
        fill(settings, 1000, 'ann')
        fill(settings, 1000, 'ben')
        await asyncio.sleep(0.5)

    run(settings, work)
    assert told == []


def test_a_watcher_that_fails_keeps_nothing_from_the_others(settings, fast):
    fill(settings, 1000)
    steps = asyncio.Queue()

    def fail(usage):
        raise ValueError('a watcher of the test')

    async def work(quotas):
        quotas.watch('ann', fail)
        quotas.watch('ann', steps.put_nowait)
        return (await steps.get()).level

    assert run(settings, work) == 2


def test_a_disk_that_did_not_change_costs_no_walks(settings, fast, walks, monkeypatch):
    monkeypatch.setattr(quota, '_free', lambda path: (10, 10))

    async def work(quotas):
        quotas.watch('ann', lambda usage: None)
        await asyncio.sleep(1.5)

    run(settings, work)
    assert walks == ['ann']


def test_a_disk_that_fills_up_is_looked_at_in_haste(settings, monkeypatch):
    # The ordinary pause would be longer than this test.
    monkeypatch.setattr(quota, 'BETWEEN_WALKS_SECONDS', 60.0)
    monkeypatch.setattr(quota, 'BETWEEN_HASTY_WALKS_SECONDS', 0.05)
    monkeypatch.setattr(quota, 'LEAST_DROP_BYTES', 1)
    free = [1 << 30]
    monkeypatch.setattr(quota, '_free', lambda path: (free[0], 10))
    steps = asyncio.Queue()

    async def work(quotas):
        await quotas.look('ann')
        quotas.watch('ann', steps.put_nowait)
        fill(settings, 1000)
        free[0] -= 1000 * KIB
        return (await steps.get()).level

    assert run(settings, work) == 2


def test_watching_all_accounts_costs_no_more_than_its_share(settings, fast, walks, monkeypatch):
    monkeypatch.setattr(quota, 'MOST_CREDIT_SECONDS', 0.0)
    monkeypatch.setattr(quota, 'SHARE_FOR_ALL', 0.0)

    async def work(quotas):
        for login in ('ann', 'ben'):
            quotas.watch(login, lambda usage: None)
        await asyncio.sleep(1.0)

    run(settings, work)
    assert walks == []


def test_an_account_that_cannot_be_measured_any_more_has_not_become_empty(settings, fast, monkeypatch):
    fill(settings, 1000)

    def fail(*given):
        raise OSError(24, 'too many open files')

    async def work(quotas):
        await quotas.look('ann')
        monkeypatch.setattr(quota, 'measure', fail)
        await asyncio.sleep(0.25)
        return await quotas.look('ann')

    assert run(settings, work).level == 2
