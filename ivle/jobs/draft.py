"""One draft of a bank: tested against its solution and its wrong answers, and published when they come out as they should."""

import hashlib
import time

from ivle.errors import Conflict, IvleError
from ivle.jobs.execution import JobFailed, Stopped
from ivle.models.bank import open_by_id, publish
from ivle.models.job import holds_job
from ivle.proving import Proof, before_testing, objections_to

# Short enough for a worker that has to end.
WAIT_SECONDS = 0.5
PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 1.0
CHANGED = 'It was changed after this was started. Test it from its own page.'
UNFINISHED = 'The draft is not finished: its page says what is missing.'


class Draft:
    """One draft, by the digest that it had when somebody asked for it to be published."""

    def __init__(self, run, exercise_id, digest):
        self._run, self._id, self._digest = run, exercise_id, digest

    def outcome(self):
        """Return what became of it, as the result of the job says it; None when there is no such exercise any more."""
        with self._run.database.reading() as db:
            opened = open_by_id(db, self._id)
        if opened is None:
            return None
        version, reasons = self._tested(opened)
        return {'identifier': opened.identifier, 'name': opened.definition.name, 'version': version, 'reasons': reasons}

    def _tested(self, opened):
        """Return (the number of its version, []), or (None, why it was not published)."""
        if opened.digest != self._digest:
            return None, [CHANGED]
        if not opened.is_ahead:
            return opened.current, []
        reasons = [UNFINISHED] if opened.unfinished is not None else before_testing(opened.definition) or self._objections(opened)
        return (None, reasons) if reasons else self._published()

    def _objections(self, opened):
        key = hashlib.sha256(f'{self._run.job_id} {self._id}'.encode()).hexdigest()[:32]
        proof = Proof(self._run.settings, self._run.arguments['login'], opened.definition, key, first=False)
        deadline, tried = time.monotonic() + PATIENCE_SECONDS, None
        while tried is None or not all(one.is_over for one in tried):
            self._run.check()
            try:
                tried = proof.begin(WAIT_SECONDS) if tried is None else proof.look(WAIT_SECONDS)
                if all(one.told for one in tried):
                    deadline = time.monotonic() + PATIENCE_SECONDS
                    continue
            except IvleError:
                pass
            # The host is being started again, or is full: it gets two minutes, and is told everything anew.
            tried = None
            if time.monotonic() > deadline:
                raise JobFailed('Programs cannot be tested for the moment. What was published stays so; try it again later.')
            self._run.pause(PAUSE_SECONDS)
        return objections_to(tried)

    def _published(self):
        try:
            with self._run.database.writing() as db:
                if not holds_job(db, self._run.claimed):
                    raise Stopped()
                return publish(db, self._id, self._digest, self._run.arguments['author']), []
        except Conflict:
            return None, [CHANGED]
