"""Re-tests: a job that has all attempts at an exercise judged again, some at a time, and keeps what comes of each.

What is kept is not tested again when another worker goes on with the job. Nobody's attempts change: that is for publishing.
"""

import hashlib
import json
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from ivle.hosts.testing import Testing
from ivle.jobs.awaiting import await_tests
from ivle.jobs.execution import JobFailed, Stopped
from ivle.models.attempt import AttemptState
from ivle.models.retest_notices import tell_lecturers
from ivle.models.retesting import Outcome, count_judged, keep_results, load_to_test, plan_of
from ivle.teaching.verdict import told

# A result is kept within half a second: what a kill costs is tested again.
KEEP_SECONDS, KEEP_MOST = 0.5, 50
# When not one of so many could be judged, none will be.
FAULTS_IN_A_ROW = 8


def retest(run):
    """Test what is to be tested; the result says how many."""
    with run.database.reading() as db:
        definition, ids, total = plan_of(db, run.job_id, run.arguments['newest'])
    work = _Work(run, definition, total)
    done = total - len(ids)
    run.progress(done, total)
    pool = ThreadPoolExecutor(work.at_once)
    try:
        for results in work.batches(pool, ids):
            with run.database.writing() as db:
                if not keep_results(db, run.claimed, results):
                    raise Stopped()
            done += len(results)
            run.progress(done, total)
    finally:
        pool.shutdown(cancel_futures=True)
    with run.database.writing() as db:
        judged = count_judged(db, run.job_id)
        if judged:
            tell_lecturers(db, run.job_id)
    if total and not judged:
        raise JobFailed(work.fault_in_words())
    return {'tested': total, 'judged': judged}


class _Work:
    """The attempts of one re-test on their way through the line of the host."""

    def __init__(self, run, definition, total):
        self._run, self._definition = run, definition
        self._testing = Testing(run.settings)
        self.at_once = max(1, run.settings.tests_at_once)
        self._judged, self._faults, self._fault = 0, 0, ''

    def batches(self, pool, ids):
        """Yield lists of (ToTest, Outcome) until all ids are tested."""
        coming, going, results, kept_at = iter(self._load(ids)), {}, [], time.monotonic()
        while True:
            # One more than are judged at once stands in the line, so that no place there is empty.
            while len(going) < 2 * self.at_once and (attempt := next(coming, None)) is not None:
                going[pool.submit(self._judge, attempt)] = attempt
            over, _ = wait(going, timeout=KEEP_SECONDS, return_when=FIRST_COMPLETED)
            self._run.check()
            results += [(going.pop(future), future.result()) for future in over]
            is_time = time.monotonic() - kept_at > KEEP_SECONDS or len(results) >= KEEP_MOST
            if results and (is_time or not going):
                yield results
                results, kept_at = [], time.monotonic()
            if not going:
                return

    def _load(self, ids):
        for first in range(0, len(ids), KEEP_MOST):
            with self._run.database.reading() as db:
                attempts = load_to_test(db, ids[first : first + KEEP_MOST])
            yield from attempts

    def _judge(self, attempt):
        """Return the Outcome of an attempt. To be called in a thread."""
        found = self._ask(attempt)
        if found['state'] == 'fault':
            self._note_fault(found)
            return Outcome(
                AttemptState.VOID, False, json.dumps({'fault': {'where': found['where'], 'message': found['message']}})
            )
        self._judged += 1
        verdict = found['verdict']
        kept = json.dumps(told(verdict), ensure_ascii=False, separators=(',', ':'))
        return Outcome(AttemptState.JUDGED, verdict['passed'], kept, verdict['python'])

    def _ask(self, attempt):
        """Return what is told of an attempt when it is over, however often the host has to be asked."""
        # The next try of this job asks by the same key: what the host still knows is not tested again.
        key = hashlib.sha256(f'{self._run.job_id} {attempt.id}'.encode()).hexdigest()[:32]

        def begin(wait):
            return self._testing.submit(attempt.login, key, self._definition, attempt.code, wait=wait, first=False)

        return await_tests(
            self._run,
            begin,
            lambda wait: self._testing.look(key, wait),
            is_known=lambda found: True,
            is_over=lambda found: found['state'] in ('judged', 'fault'),
            comfort='Nothing is changed; try it again later.',
        )

    def _note_fault(self, found):
        self._faults += 1
        self._fault = ': '.join(part for part in (found['where'], found['message'].strip()) if part)
        if self._faults >= FAULTS_IN_A_ROW and not self._judged:
            raise JobFailed(self.fault_in_words())

    def fault_in_words(self):
        """Say why nothing could be judged."""
        return f'The exercise cannot judge any attempt; mend it, publish it and test again. {self._fault}'.strip()[:1000]


KINDS = {'retest': retest}
