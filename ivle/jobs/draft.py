"""One draft of a bank: tested against its solution and its wrong answers, and published when they come out as they should."""

import hashlib

from ivle.errors import Conflict
from ivle.jobs.awaiting import await_tests
from ivle.jobs.execution import Stopped
from ivle.models.bank import open_by_id, publish
from ivle.models.job import holds_job
from ivle.proving import Proof, before_testing, objections_to

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
        tried = await_tests(
            self._run,
            proof.begin,
            proof.look,
            is_known=lambda tried: all(one.told for one in tried),
            is_over=lambda tried: all(one.is_over for one in tried),
            comfort='What was published stays so; try it again later.',
        )
        return objections_to(tried)

    def _published(self):
        try:
            with self._run.database.writing() as db:
                if not holds_job(db, self._run.claimed):
                    raise Stopped()
                return publish(db, self._id, self._digest, self._run.arguments['author']), []
        except Conflict:
            return None, [CHANGED]
