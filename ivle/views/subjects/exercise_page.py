"""The page of one exercise for its authors: everything it is made of, as one form."""

from ivle.models.authoring import Stale
from ivle.resources.base import path_url
from ivle.teaching.comparing import as_text, compared
from ivle.teaching.definition import ASPECTS, DESCRIPTION_FORMATS, TESTS
from ivle.teaching.worksheet import render_text
from ivle.views.moments import in_words, iso
from ivle.views.subjects.bank import crumbs_to_bank, exercise_url, state_in_words

PAGE = 'ivle:templates/subjects-exercise.pt'
_FORMAT_WORDS = {'rst': 'reStructuredText', 'md': 'Markdown', 'text': 'plain text'}
_ASPECT_WORDS = {
    'result': 'what the function returns',
    'stdout': 'what is printed',
    'stderr': 'what is written to standard error',
    'exception': 'the exception that is raised',
    'code': 'the text of the program',
    'file': 'a file that is written',
}
_TEST_WORDS = {
    'match': 'is that of the solution',
    'norm': 'is that of the solution after a function changed both',
    'check': 'satisfies a function of the two',
}


def url_of(exercise, request, *below, view=None, query=''):
    """Return the address of an exercise for its authors, or of something below it."""
    return exercise_url(request, exercise.subject, exercise.opened.identifier, *below, view=view, query=query)


def crumbs_of(exercise, request, *tail):
    """Return the breadcrumbs of an exercise and of what is below it."""
    name = exercise.opened.definition.name
    return crumbs_to_bank(request, exercise.subject, (name, url_of(exercise, request) if tail else None), *tail)


def page_of(exercise, request, tree, *, opened=None, problem=None, at=None, mine=None, refusal=None, status=200, wants=None):
    """Return the values of the page. `tree` is the form, `opened` the digest of what that began with.

    `problem` is a sentence and `at` the field it is about; `refusal` a Stale, to which `mine` is the definition that was typed;
    `wants` the part of the form that was just added or moved.
    """
    state = exercise.opened
    theirs = refusal.current if isinstance(refusal, Stale) else None
    versions, fault_count, faults = exercise.history()
    request.response.status_int = status
    format = tree['description_format'] if tree['description_format'] in _FORMAT_WORDS else 'text'
    description = render_text(tree['description'], format)
    return {
        'title': state.definition.name,
        'crumbs': crumbs_of(exercise, request),
        'identifier': state.identifier,
        'state_words': state_in_words(state.current, state.is_ahead),
        'is_current': state.current and not state.is_ahead,
        'edited': iso(state.edited),
        'edited_words': in_words(state.edited),
        'tree': tree,
        'opened': theirs.digest if theirs else opened or state.digest,
        'theirs': theirs
        and {
            'edited': iso(theirs.edited),
            'edited_words': in_words(theirs.edited),
            'lines': compared(as_text(theirs.definition), as_text(mine)),
        },
        'problem': problem,
        'at': at,
        'problem_link': _link_to(at),
        'wants': wants,
        'preview': description.html,
        'preview_problems': description.problems,
        'formats': [(name, _FORMAT_WORDS[name]) for name in DESCRIPTION_FORMATS],
        'aspects': [(name, _ASPECT_WORDS[name]) for name in ASPECTS],
        'tests': [(name, _TEST_WORDS[name]) for name in TESTS],
        'versions': [
            {
                'number': line.number,
                'author': line.author,
                'created': iso(line.created),
                'created_words': in_words(line.created),
                'is_current': line.number == state.current,
                'url': url_of(exercise, request, 'versions', str(line.number)),
            }
            for line in versions
        ],
        **told_retests(exercise, request),
        'fault_count': fault_count,
        'faults': told_faults(faults),
        'urls': {name: url_of(exercise, request, view=name) for name in ('save', 'preview')},
        'here': url_of(exercise, request),
    }


_SECTIONS = {'suite': 'suites', 'hint': 'words', 'wrong': 'wrong'}


def _link_to(at):
    """Return where on the page the field is, or the list of parts, that a problem is about."""
    above, _, last = (at or '').rpartition('.')
    if at in _SECTIONS:
        return f'#{_SECTIONS[at]}'
    return f'#part-{above}' if last in ('case', 'check') else f'#f-{at}' if at else None


def told_retests(exercise, request):
    """Return where all attempts can be tested again, and how many of this semester's were judged by older tests than these."""
    places = exercise.retest_places()
    return {
        'retests': [
            {
                'offering': '/'.join(place.segments),
                'worksheet': place.worksheet_name,
                'is_past': place.is_past,
                'outdated': place.outdated,
                'url': path_url(request, 'subjects', *place.segments, 'retest', place.worksheet, exercise.opened.identifier),
            }
            for place in places
        ],
        # What was judged in a semester that is over is nobody's concern any more.
        'outdated': sum(place.outdated for place in places if not place.is_past),
    }


def told_faults(faults):
    """Return Faults for pages and scripts."""
    return [
        {
            'when': iso(fault.when),
            'when_words': in_words(fault.when),
            'version': fault.version,
            'where': fault.where,
            'message': fault.message,
        }
        for fault in faults
    ]
