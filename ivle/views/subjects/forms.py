"""Forms of one page: the fields a page shows, what was given before, and the sentence at the field that must be mended."""

from dataclasses import dataclass

from ivle.errors import BadRequest, Conflict, FieldError
from ivle.views.wire import answer, fields, text_field, wants_json

FORM = 'ivle:templates/subjects-form.pt'


@dataclass(frozen=True)
class Field:
    """One field. `kind` is text, textarea, select (with `options`, pairs of value and words), checkbox or datetime-local."""

    name: str
    label: str
    value: str | bool = ''
    kind: str = 'text'
    hint: str | None = None
    options: tuple = ()
    most: int = 200
    required: bool = True


def form_page(request, *, title, crumbs, action, fields, button, refusal=None, given=None):
    """Return the page of a form, or its values for a script. `refusal` is the error to show, `given` what to show again."""
    if wants_json(request):
        return {'fields': {field.name: field.value for field in fields}}
    request.response.status_int = refusal.status if refusal else 200
    at = getattr(refusal, 'field', None)
    return {
        'title': title,
        'crumbs': crumbs,
        'action': action,
        'button': button,
        'problem': refusal.message if refusal and at not in {field.name for field in fields} else None,
        'fields': [_shown(field, given, refusal.message if at == field.name else None) for field in fields],
    }


def _shown(field, given, problem):
    value = field.value if given is None else given.get(field.name, False if field.kind == 'checkbox' else '')
    spot = f'field-{field.name}'
    notes = [f'{spot}-hint'] * bool(field.hint) + [f'{spot}-error'] * bool(problem)
    return {**vars(field), 'value': value, 'problem': problem, 'spot': spot, 'described': ' '.join(notes) or None}


def save(request, page, change, *, to, message, status=200):
    """Answer a form that was sent: `change(given)` makes the change and returns what to tell scripts.

    `page(refusal, given)` is the form again; `to` and `message` are made of what was told.
    """
    given = fields(request)
    try:
        told = change(given)
    except (FieldError, Conflict) as refusal:
        if wants_json(request):
            raise
        return page(refusal, given)
    return answer(request, told, to=to(told), message=message(told), status=status)


def line_field(given, name, default=None):
    """Return a field of one line, without spaces around it and doubled ones in it."""
    return ' '.join(text_field(given, name, default).split())


def flag_field(given, name, default=False):
    """Return whether a checkbox is ticked, or a script's flag true; `default` where nothing is said."""
    value = given.get(name, default)
    if value not in (True, False, '1', '', 'true', 'false'):
        raise BadRequest(f'The field {name} is true or false.')
    return value in (True, '1', 'true')
