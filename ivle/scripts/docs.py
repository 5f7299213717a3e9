"""`ivle docs`: the tables of docs/settings.md and docs/urls.md, written from the code they describe."""

import tempfile
from pathlib import Path

import click
from pyramid.security import NO_PERMISSION_REQUIRED

from ivle.settings import fields

FOLDER = Path(__file__).resolve().parent.parent.parent / 'docs'
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
    if isinstance(value, tuple):
        return ' '.join(value)
    if item.metadata['read'].__name__ == '_size':
        return next((f'{value // size}{unit}' for unit, size in _UNITS if value % size == 0), str(value))
    return f'{value:g}' if isinstance(value, float) else str(value)


def site_views():
    """Return the introspectables of the views of a site with every client on, error pages left out."""
    from ivle.site import make_site

    with tempfile.TemporaryDirectory() as data:
        registry = make_site({'here': data}, {'ivle.data': data}).registry
        registry.database.close()
        views = [item['introspectable'] for item in registry.introspector.get_category('views')]
    return [view for view in views if not _is_for_errors(view)]


def _is_for_errors(view):
    return view['exception_only'] or isinstance(view['context'], type) and issubclass(view['context'], Exception)


def url_rows(views):
    """Return sorted (context, name, methods, permission, what it does) of introspected views, one for each address."""
    rows = {}
    for view in views:
        context = view['context'].__name__ if view['context'] else 'any'
        permission = 'everybody' if view['permission'] == NO_PERMISSION_REQUIRED else str(view['permission'])
        methods = ', '.join(view.get('methods') or ('GET',))
        meaning = (view['callable'].__doc__ or '').strip().split('\n')[0]
        rows.setdefault((context, view['name'], methods), (permission, meaning))
    return [(*key, *value) for key, value in sorted(rows.items())]


def urls_table(views):
    """Return the Markdown table of every view."""
    lines = ['| Resource | View | Methods | Permission | What it does |', '|---|---|---|---|---|']
    for context, name, methods, permission, meaning in url_rows(views):
        view = f'`@@{name}`' if name else '(the resource itself)'
        lines.append(f'| {context} | {view} | {methods} | {permission} | {meaning} |')
    return '\n'.join(lines)


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
