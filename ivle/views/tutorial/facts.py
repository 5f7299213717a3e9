"""What pages and scripts are told of worksheets, exercises and attempts: one shape for both."""

import secrets

from ivle.judging import Outcome
from ivle.models.attempt import AttemptState
from ivle.models.meta import utc_now
from ivle.resources.base import path_url
from ivle.teaching.explain import explain, explain_case
from ivle.views.moments import in_words, iso

_GIVEN_UP_WORDS = (
    'This attempt could not be tested for a day: the site was at fault, neither your program nor the exercise. It does not '
    'count. Your code is kept: submit it again.'
)
_FAULT_WORDS = (
    'This exercise itself is at fault, not your program. The attempt does not count, and those who teach here can see what is '
    'wrong. Your code is kept.'
)


def tutorial_url(request, offering, *below, view=None, query=''):
    """Return the address of an offering (OfferingFacts) in the tutorial, or of something below it."""
    return path_url(request, 'tutorial', *offering.segments, *below, view=view, query=query)


def exercise_url(place, view=None, query=''):
    """Return the address of an exercise (an ExercisePlace)."""
    return tutorial_url(place.request, place.offering, place.sheet.__name__, place.__name__, view=view, query=query)


def crumbs(request, offering, *tail):
    """Return the breadcrumbs of an offering and what is below it: `tail` are (words, address) pairs, the page last."""
    above = [('Tutorial', path_url(request, 'tutorial')), (offering.path, tutorial_url(request, offering))]
    return [*above, *tail] if tail else [above[0], (offering.path, None)]


def offering_told(request, offering, role, standings):
    """Return an offering with its worksheets and how far the reader is."""
    worksheets = [worksheet_told(request, offering, standing) for standing in standings]
    counted = [standing for standing in standings if standing.published]
    return {
        'offering': offering.path,
        'subject': offering.subject_name,
        'code': offering.subject_code,
        'state': str(offering.state),
        'role': role and str(role),
        'cutoff': iso(offering.worksheet_cutoff),
        'done': sum(standing.done for standing in counted),
        'total': sum(standing.total for standing in counted),
        'url': tutorial_url(request, offering),
        'worksheets': worksheets,
    }


def worksheet_told(request, offering, standing):
    """Return a line of a list of worksheets. `completed`: all its exercises are done, optional ones apart."""
    return {
        'identifier': standing.identifier,
        'name': standing.name,
        'published': standing.published,
        'assessable': standing.assessable,
        'done': standing.done,
        'total': standing.total,
        'completed': 0 < standing.total <= standing.done,
        'url': tutorial_url(request, offering, standing.identifier),
    }


def work_told(url, work):
    """Return an exercise at the address `url` as its reader has it (a Work)."""
    latest = work.tries.latest
    state = state_of(work.tries)
    return {
        'identifier': work.given.identifier,
        'name': work.open.name,
        'optional': work.given.optional,
        'url': url,
        'description': work.open.description,
        'code': work.code,
        'starter': work.open.starter,
        'rows': work.open.rows,
        'saved': iso(work.given.draft_saved) if work.has_draft else None,
        'attempts': work.tries.attempts,
        'completed': work.tries.completed,
        'state': state,
        'state_words': state_in_words(state, work.tries.attempts),
        'hints': list(work.open.hints),
        'hint_count': work.open.hint_count,
        'latest': latest and latest.number,
        'waiting': latest.number if latest and latest.state == AttemptState.WAITING else None,
    }


def state_of(tries):
    """Return passed, waiting, attempted or new."""
    if tries.completed:
        return 'passed'
    if tries.latest is not None and tries.latest.state == AttemptState.WAITING:
        return 'waiting'
    return 'attempted' if tries.attempts else 'new'


def state_in_words(state, attempts):
    """Return the state as a page says it."""
    return {
        # Those after the one that passed are not counted: whoever goes on trying is at attempt 11 and passed after 1.
        'passed': f'passed after {attempts} attempt{"" if attempts == 1 else "s"}',
        'waiting': 'being tested',
        'attempted': f'attempted {attempts}× · not yet',
        'new': 'not attempted',
    }[state]


def told_again(told, source):
    """Return a verdict on `source` as it is kept, with explanations for beginners beside what Python says."""
    error = told.get('error')
    found = {'passed': told['passed'], 'cases': _explained(told.get('cases', ()), source)}
    if isinstance(error, dict):
        found['error'] = {**error, 'explanation': explain(error, source)}
    return found


def _explained(cases, source):
    return [_explained_case(case, source) for case in cases]


def _explained_case(case, source):
    words = explain_case(case, source)
    return {**case, 'explanation': words} if words else case


def outcome_told(offering, url, outcome):
    """Return the payload of an attempt at the exercise with the address `url`: its verdict, or where it waits."""
    attempt = outcome.attempt
    known = {
        'number': attempt.number,
        'date': iso(attempt.submitted),
        'state': str(attempt.state),
        'url': f'{url}/@@attempts/{attempt.number}',
        'counts': counts(offering, attempt.submitted),
    }
    if attempt.state == AttemptState.WAITING:
        return {**known, 'waiting': _waiting_told(outcome.waiting or {'place': 1, 'seconds': 1}, attempt.code)}
    if attempt.state == AttemptState.VOID:
        kind, words = ('given-up', _GIVEN_UP_WORDS) if attempt.was_given_up else ('fault', _FAULT_WORDS)
        error = {'kind': kind, 'name': '', 'message': words, 'line': None, 'traceback': ''}
        return {**known, 'passed': False, 'cases': [], 'error': error}
    return {**known, **told_again(attempt.told, attempt.code)}


def _waiting_told(waiting, source):
    if 'cases' in waiting:
        return {'suites': _explained(waiting['cases'], source), 'done': _suites_in(waiting['cases']), 'total': waiting['total']}
    return waiting


def _suites_in(cases):
    """Return of how many suites CASEs are: all hidden ones go by one name, and each has one."""
    hidden = sum(bool(case.get('hidden')) for case in cases)
    return hidden + len({case['suite'] for case in cases if not case.get('hidden')})


def waiting_in_words(waiting):
    """Return where an attempt waits, as a page without scripts says it."""
    if waiting.get('message'):
        return waiting['message']
    if 'suites' in waiting:
        return f'It is being tested. Tests done so far: {waiting["done"]} of {waiting["total"]}.'
    return f'It waits to be tested: number {waiting["place"]}, about {waiting["seconds"]} s.'


def verdict_shown(payload):
    """Return a told verdict as a page lists it: what failed, what passed, and one line that says it all."""
    failed = [{**case, 'explained': in_parts(case.get('explanation'))} for case in payload['cases'] if not case['passed']]
    passed = [case for case in payload['cases'] if case['passed']]
    return {
        **payload,
        'explained': in_parts((payload.get('error') or {}).get('explanation')),
        'failed': failed,
        'passes': passed,
        'summary': 'passed' if payload['passed'] else 'not yet',
        'is_void': payload.get('state') == AttemptState.VOID,
    }


def counts(offering, submitted):
    """Whether an attempt of that moment counts for marks, as far as the cutoff goes."""
    return offering.worksheet_cutoff is None or submitted <= offering.worksheet_cutoff


def in_parts(words):
    """Return a sentence cut where backticks stand in it: [(is it code, text)…], nothing for None."""
    return [(place % 2 == 1, part) for place, part in enumerate((words or '').split('`')) if part]


def cutoff_told(offering):
    """Return what a page says of the cutoff, or None."""
    cutoff = offering.worksheet_cutoff
    if cutoff is None:
        return None
    return {'iso': iso(cutoff), 'words': in_words(cutoff), 'is_over': cutoff < utc_now()}


def form_told(offering, told, work, is_alone, code=None, refusal=None):
    """Return what the form of an exercise shows beside `told`: the latest attempt and its verdict.

    `is_alone` on its own page; `code` and `refusal` are those of a form that was refused.
    """
    latest = work.tries.latest
    verdict = outcome_told(offering, told['url'], Outcome(latest)) if latest is not None else None
    is_waiting = verdict is not None and 'waiting' in verdict
    return {
        **told,
        'code': told['code'] if code is None else code,
        'verdict': verdict_shown(verdict) if verdict is not None and not is_waiting else None,
        'waiting_words': waiting_in_words(verdict['waiting']) if is_waiting else None,
        'saved_words': in_words(work.given.draft_saved) if work.has_draft else None,
        'key': secrets.token_hex(16),
        'is_alone': is_alone,
        'refusal': refusal,
        'ordinal': None,
    }


def for_scripts(request, offering):
    """Return what the scripts of a page with exercises are told."""
    has_console = request.registry.clients.by_name('console') is not None
    return {
        'login': request.identity.login,
        'console': path_url(request, 'console') if has_console else None,
        'directory': '/',
        'offering': offering.path,
    }
