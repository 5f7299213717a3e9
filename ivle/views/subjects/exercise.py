"""One exercise, as its authors write it: shown, saved as a draft, previewed."""

import json
from dataclasses import asdict

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config

from ivle.errors import BadRequest, IvleError
from ivle.models.authoring import Stale
from ivle.resources.bank import OneExercise, OneVersion
from ivle.security.permissions import Permission
from ivle.teaching.comparing import as_text, compared
from ivle.teaching.definition import DESCRIPTION_FORMATS
from ivle.teaching.exercise_form import BadField, definition_of, tree_from
from ivle.teaching.form_tree import change, fields_of, tree_of
from ivle.teaching.reading import LONGEST_CODE, BadDefinition, read
from ivle.teaching.worksheet import render_text
from ivle.views.moments import in_words, iso
from ivle.views.subjects.exercise_page import (
    PAGE,
    crumbs_of,
    differences,
    missing_in,
    page_of,
    told_faults,
    told_retests,
    tree_of_draft,
    url_of,
)
from ivle.views.subjects.proofs import begin_proof, begin_to_publish
from ivle.views.wire import answer, fields, text_field, wants_json

# A field of a form counts a line's end twice.
MOST_TYPED = 2 * LONGEST_CODE
LONGEST_UNFINISHED = 8 * LONGEST_CODE


@view_config(context=OneExercise, accept='text/html', renderer=PAGE, permission=Permission.EDIT_EXERCISES)
def edit_exercise(exercise, request):
    """Show everything that an exercise is made of, as one form; of a draft that is not finished, what is missing."""
    missing = missing_in(exercise.opened)
    told = {'problem': missing.message, 'at': missing.field, 'is_unfinished': True} if missing else {}
    return page_of(exercise, request, tree_of_draft(exercise.opened), **told)


@view_config(context=OneExercise, accept='application/json', renderer='json', permission=Permission.EDIT_EXERCISES)
def tell_exercise(exercise, request):
    """Tell a script the draft of an exercise, its versions, and the faults that students met."""
    opened, missing = exercise.opened, missing_in(exercise.opened)
    versions, fault_count, faults = exercise.history()
    return {
        'identifier': opened.identifier,
        'definition': asdict(opened.definition),
        'digest': opened.digest,
        # What is typed since that definition and is none yet: the fields of the form, and the first that must be mended.
        'unfinished': opened.unfinished
        and {
            'fields': json.loads(opened.unfinished),
            'field': missing and missing.field,
            'message': missing and missing.message,
        },
        'version': opened.current or None,
        'draft_differs': opened.is_ahead,
        'edited': iso(opened.edited),
        'editor': opened.editor and opened.editor.login,
        'versions': [{'number': line.number, 'created': iso(line.created), 'author': line.author} for line in versions],
        'fault_count': fault_count,
        'faults': told_faults(faults),
        **told_retests(exercise, request),
    }


@view_config(context=OneExercise, name='save', methods=('POST',), renderer=PAGE, permission=Permission.EDIT_EXERCISES)
def save_exercise(exercise, request):
    """Save the draft of an exercise, and test or publish it; or change the form, and save nothing."""
    given = fields(request)
    if request.content_type == 'application/json':
        return _save_sent(exercise, request, given)
    tree, order, opened = tree_of(given), text_field(given, 'do', 'save'), text_field(given, 'opened', limit=64)
    if order == 'preview':
        return page_of(exercise, request, tree, opened=opened)
    if order not in ('save', 'test', 'publish'):
        return page_of(exercise, request, tree, opened=opened, wants=change(tree, order))
    try:
        saved = exercise.save(opened, definition_of(tree))
    except BadField as missing:
        return _save_unfinished(exercise, request, tree, order, opened, missing)
    except Stale as refusal:
        return page_of(exercise, request, tree, opened=opened, refusal=refusal, status=refusal.status)
    if order == 'save':
        return _saved(exercise, request, saved)
    try:
        begin = begin_proof if order == 'test' else begin_to_publish
        return begin(exercise, request, saved)
    except IvleError as refusal:
        # The draft is kept all the same; only its test could not begin.
        return page_of(exercise, request, tree, opened=saved.digest, problem=refusal.message, status=refusal.status)


def _save_unfinished(exercise, request, tree, order, opened, missing):
    """Keep what was typed as the draft although a field, that of `missing`, cannot be used as it is."""
    told = {'problem': missing.message, 'at': missing.field}
    text = json.dumps(fields_of(tree))
    if len(text) > LONGEST_UNFINISHED:
        return page_of(exercise, request, tree, opened=opened, status=400, **told)
    try:
        saved = exercise.save_unfinished(opened, text)
    except Stale as refusal:
        return page_of(exercise, request, tree, opened=opened, refusal=refusal, status=refusal.status)
    if order == 'save':
        return _saved(exercise, request, saved, 'The draft is saved. It is not finished: see what is missing.')
    return page_of(exercise, request, tree, opened=saved.digest, status=400, is_unfinished=True, **told)


def _save_sent(exercise, request, given):
    """Save what a script sent: a whole definition, and the digest of the one it follows."""
    try:
        definition = read(given.get('definition'))
    except BadDefinition as refusal:
        raise BadRequest(str(refusal)) from None
    saved = exercise.save(text_field(given, 'opened', limit=64), definition)
    return _saved(exercise, request, saved)


def _saved(exercise, request, saved, message='The draft is saved. Students get it once it is published.'):
    payload = {'digest': saved.digest, 'edited': iso(saved.edited)}
    return answer(request, payload, to=url_of(exercise, request), message=message)


@view_config(context=OneExercise, name='preview', methods=('POST',), renderer='json', permission=Permission.EDIT_EXERCISES)
def preview_description(exercise, request):
    """Return a description as HTML, and what is wrong with it; nothing is kept."""
    given = fields(request)
    format = text_field(given, 'format', limit=10)
    if format not in DESCRIPTION_FORMATS:
        raise BadRequest(f'The format is one of {", ".join(DESCRIPTION_FORMATS)}.')
    rendered = render_text(text_field(given, 'text', limit=MOST_TYPED), format)
    return {'html': rendered.html, 'problems': list(rendered.problems)}


@view_config(
    context=OneVersion,
    accept='text/html',
    renderer='ivle:templates/subjects-exercise-version.pt',
    permission=Permission.EDIT_EXERCISES,
)
def show_version(version, request):
    """Show what a published version of an exercise changed."""
    exercise, line = version.exercise, version.line
    return {
        'title': f'Version {line.number}',
        'crumbs': crumbs_of(exercise, request, (f'Version {line.number}', None)),
        'number': line.number,
        'author': line.author,
        'created': iso(line.created),
        'created_words': in_words(line.created),
        'lines': _changes(version.before, version.definition),
        'is_first': version.before is None,
        'draft_lines': differences(tree_from(version.definition), tree_of_draft(exercise.opened)),
        'previous_url': url_of(exercise, request, 'versions', str(line.number - 1)) if version.before else None,
        'restore_url': url_of(exercise, request, 'versions', str(line.number), view='restore'),
        'is_draft': exercise.opened.digest == version.definition.digest,
        'opened': exercise.opened.digest,
    }


def _changes(before, definition):
    """Return what a version changed; of the first, what it is."""
    text = as_text(definition)
    return [('same', line) for line in text.split('\n')] if before is None else compared(as_text(before), text)


@view_config(context=OneVersion, accept='application/json', renderer='json', permission=Permission.EDIT_EXERCISES)
def tell_version(version, request):
    """Tell a script a published version of an exercise."""
    line = version.line
    return {
        'number': line.number,
        'author': line.author,
        'created': iso(line.created),
        'digest': version.definition.digest,
        'definition': asdict(version.definition),
    }


@view_config(context=OneVersion, name='restore', methods=('POST',), permission=Permission.EDIT_EXERCISES)
def restore_version(version, request):
    """Make a published version the draft again; it is published like any other draft."""
    exercise = version.exercise
    saved = exercise.save(text_field(fields(request), 'opened', limit=64), version.definition)
    payload = {'digest': saved.digest, 'edited': iso(saved.edited)}
    if wants_json(request):
        return answer(request, payload, to='')
    request.session.flash(f'The draft is what version {version.line.number} was.')
    return HTTPSeeOther(url_of(exercise, request))
