"""The page of one exercise for its authors: everything it is made of, as one form."""

import json

from ivle.models.authoring import Stale
from ivle.resources.base import path_url
from ivle.teaching.comparing import as_text, compared, fields_as_text
from ivle.teaching.definition import ASPECTS, DESCRIPTION_FORMATS, TESTS
from ivle.teaching.exercise_form import BadField, definition_of, tree_from
from ivle.teaching.form_tree import fields_of, tree_of
from ivle.teaching.worksheet import render_text
from ivle.views.moments import in_words, iso
from ivle.views.subjects.bank import crumbs_to_bank, exercise_url, state_in_words
from ivle.views.subjects.places import who_saved

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


def tree_of_draft(opened):
    """Return the tree of the draft of an OpenExercise, finished or not."""
    return tree_from(opened.definition) if opened.unfinished is None else tree_of(json.loads(opened.unfinished))


def missing_in(opened):
    """Return the BadField that says what an unfinished draft lacks; None where it is finished, or lacks nothing any more."""
    try:
        if opened.unfinished is not None:
            definition_of(tree_of_draft(opened))
    except BadField as problem:
        return problem
    return None


def page_of(
    exercise, request, tree, *, opened=None, problem=None, at=None, is_unfinished=False, refusal=None, status=200, wants=None
):
    """Return the values of the page. `tree` is the form, `opened` the digest of what that began with.

    `problem` is a sentence and `at` the field it is about, `is_unfinished` where the form is kept all the same; `refusal` a
    Stale; `wants` the part of the form that was just added or moved.
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
        'state_words': state_in_words(state.current, state.is_ahead, state.unfinished is not None),
        'is_current': state.current and not state.is_ahead,
        'edited': iso(state.edited),
        'edited_words': in_words(state.edited),
        'editor': state.editor and who_saved(request, state.editor),
        'tree': tree,
        'opened': theirs.digest if theirs else opened or state.digest,
        'theirs': theirs
        and {
            'who': who_saved(request, theirs.editor),
            'edited': iso(theirs.edited),
            'edited_words': in_words(theirs.edited),
            'lines': differences(tree_of_draft(theirs), tree),
        },
        'problem': problem,
        'is_unfinished': is_unfinished,
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


def differences(old, new):
    """Return what differs between the trees of two forms, for a page: as exercises if both are, else field by field."""
    try:
        return compared(*(as_text(definition_of(tree)) for tree in (old, new)))
    except BadField:
        return compared(*(fields_as_text(fields_of(tree)) for tree in (old, new)))


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
