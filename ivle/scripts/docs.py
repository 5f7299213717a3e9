"""`ivle docs`: the tables of docs/settings.md and docs/urls.md, written from the code they describe."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import click
from pyramid.interfaces import IExceptionResponse
from pyramid.security import NO_PERMISSION_REQUIRED

from ivle.settings import fields

FOLDER = Path(__file__).resolve().parent.parent.parent / 'docs'
SAFE_METHODS = ('GET', 'HEAD')
BEGIN, END = '<!-- table: made by `ivle docs` -->', '<!-- end of the table -->'
_UNITS = (('G', 1 << 30), ('M', 1 << 20), ('K', 1 << 10))


def settings_table():
    """Return the Markdown table of every setting."""
    lines = ['| Key | Default | What it means |', '|---|---|---|']
    for item in fields():
        default = _shown(item)
        lines.append(f'| `{item.metadata["key"]}` | {f"`{default}`" if default else ""} | {item.metadata["meaning"]} |')
    return '\n'.join(lines)


def _shown(item):
    """Return a default as one writes it in an ini file."""
    value = item.default
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if item.metadata['read'].__name__ == '_ids':
        first, count = value
        return f'{first}-{first + count - 1}'
    if isinstance(value, tuple):
        return ' '.join(value)
    if item.metadata['read'].__name__ == '_size':
        return next((f'{value // size}{unit}' for unit, size in _UNITS if value % size == 0), str(value))
    return f'{value:g}' if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class View:
    """One view of the site. `permission` is None where a view forgot to name one."""

    context: str
    name: str
    methods: tuple
    permission: str | None
    accept: tuple
    meaning: str


def site_views():
    """Return the Views of a site with every client on, error pages left out."""
    from ivle.site import make_site

    with tempfile.TemporaryDirectory() as data:
        registry = make_site({'here': data}, {'ivle.data': data}).registry
        registry.database.close()
        found = [(item['introspectable'], item['related']) for item in registry.introspector.get_category('views')]
    return [_view(view, related) for view, related in found if not _is_for_errors(view)]


def _is_for_errors(view):
    context = view['context']
    return (
        view['exception_only'] or context is IExceptionResponse or (isinstance(context, type) and issubclass(context, Exception))
    )


def _view(view, related):
    permissions = [str(item.title) for item in related if item.category_name == 'permissions']
    accept = view['accept'] or ()
    return View(
        context=getattr(view['context'], '__name__', 'any'),
        name=view['name'],
        methods=tuple(view.get('methods') or SAFE_METHODS),
        permission=next(('everybody' if name == NO_PERMISSION_REQUIRED else name for name in permissions), None),
        accept=(accept,) if isinstance(accept, str) else tuple(accept),
        meaning=(view['callable'].__doc__ or '').strip().split('\n')[0],
    )


def urls_table(views):
    """Return the Markdown table of every view; the one that answers in JSON stands on the line of its page."""
    lines = {}
    for view in sorted(views, key=lambda view: (view.context, view.name, view.methods, 'application/json' in view.accept)):
        name = f'`@@{view.name}`' if view.name else '(the resource itself)'
        key = (view.context, name, ', '.join(view.methods), str(view.permission))
        lines.setdefault(key, view.meaning)
    rows = [f'| {" | ".join((*key, meaning))} |' for key, meaning in lines.items()]
    return '\n'.join(['| Resource | View | Methods | Permission | What it does |', '|---|---|---|---|---|', *rows])


def write_table(page, table):
    """Replace the table between the two marks of a page; return True when it changed."""
    path = FOLDER / page
    before = path.read_text('utf-8')
    head, rest = before.split(BEGIN, 1)
    after = f'{head}{BEGIN}\n\n{table}\n\n{END}{rest.split(END, 1)[1]}'
    if after != before:
        path.write_text(after, 'utf-8')
    return after != before


@click.command()
def docs():
    """Write the tables of docs/settings.md and docs/urls.md anew, from the code."""
    for page, table in (('settings.md', settings_table()), ('urls.md', urls_table(site_views()))):
        click.echo(f'docs/{page}: {"written" if write_table(page, table) else "as it was"}')


COMMANDS = (docs,)
