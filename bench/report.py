"""Report: the results kept as JSON, their summary, and the table of docs/performance.md that is made of the newest."""

import json
from pathlib import Path

RESULTS = Path(__file__).parent / 'results'
PAGE = Path(__file__).parent.parent / 'docs' / 'performance.md'
BEGIN, END = '<!-- table: made by `python -m bench --write-docs` -->', '<!-- end of the table -->'


def keep(results):
    """Write results to a file of their own and return its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f'{results["when"].replace(":", "-")}.json'
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + '\n')
    return path


def summary(results):
    """Return how many targets were reached, and which were not."""
    rows = [row for rows in results['works'].values() for row in rows if row['target']]
    measured = [row for row in rows if row['reached'] is not None]
    missed = [f'  {row["name"]}: {row["ratio"]} (target {row["target"]})' for row in measured if not row['reached']]
    unmeasured = [f'  {row["name"]}: {row["note"]}' for row in rows if row['reached'] is None]
    lines = [f'Reached {len(measured) - len(missed)} of {len(measured)}.']
    lines += ['Not reached:', *missed] if missed else []
    lines += ['Not measured:', *unmeasured] if unmeasured else []
    lines += [f'Broken: {work}: {error}' for work, error in results['failed'].items()]
    return '\n'.join(lines)


def overview(results):
    """Return all rows in columns, with a mark where a target is missed; and how busy the machine was with other things."""
    rows = [row for rows in results['works'].values() for row in rows]
    lines = [('Work', 'IVLE', 'Peer', 'Ratio', 'Target', '')]
    lines += [_in_columns(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    shown = [
        '  '.join([cell.ljust(width) for cell, width in zip(line, widths, strict=False)] + [line[5]]).rstrip() for line in lines
    ]
    before, after = (' '.join(map(str, loads)) for loads in (results['machine']['load'], results['load_after']))
    return '\n'.join([*shown, f'Load average before: {before}; after: {after}.'])


def _in_columns(row):
    mark = {True: 'reached', False: 'MISSED', None: 'not measured' if row['target'] else ''}[row['reached']]
    return row['name'], _middle(row['ours']), _middle(row['peer']), row['ratio'], row['target'] or '', mark


def _middle(figure):
    return '' if figure is None else f'{_number(figure["median"])} {figure["unit"]}'


def newest():
    """Return the newest result of each work, as {work: (results, rows)}."""
    found = {}
    for path in sorted(RESULTS.glob('*.json')):
        results = json.loads(path.read_text())
        found |= {work: (results, rows) for work, rows in results.get('works', {}).items()}
    return found


def table(found):
    """Return the Markdown table of the newest results of each work."""
    if not found:
        raise SystemExit('There are no results yet: make bench.')
    newest_of_all = max((results for results, _ in found.values()), key=lambda results: results['when'])
    machine, runs = newest_of_all['machine'], {results['when'] for results, _ in found.values()}
    lines = [
        f'Taken on {newest_of_all["when"][:10]}: {machine["processors"]} processors (virtual), {machine["memory_gib"]} GiB, '
        f'{machine["system"]}, Linux {machine["kernel"]}, Python {machine["python"]}; {_loads(newest_of_all)}. '
        + ', '.join(f'{name} {version}' for name, version in machine['versions'].items())
        + '.',
        *(['', 'Not all of it is of one run: each work shows its newest.'] if len(runs) > 1 else []),
        '',
        '| Work | IVLE | Peer | Ratio | Target | Reached |',
        '|---|---|---|---|---|---|',
    ]
    lines += [_line(row) for _, rows in found.values() for row in rows]
    return '\n'.join(lines)


def _loads(results):
    before, after = results['machine'].get('load'), results.get('load_after')
    # Since when both are kept, they are three figures: of the last one, five and fifteen minutes.
    first = before[0] if before else '?'
    last = after[0] if isinstance(after, list) else after
    return f'load average {first} before and {last} after'


def _line(row):
    reached = {True: 'yes', False: 'no', None: ''}[row['reached']]
    note = f' ({row["note"]})' if row['note'] else ''
    cells = (
        row['name'] + note,
        _shown(row['ours']),
        _shown(row['peer'], with_name=True),
        row['ratio'],
        row['target'] or '',
        reached,
    )
    return f'| {" | ".join(cell.replace("|", "/") for cell in cells)} |'


def _shown(figure, with_name=False):
    if figure is None:
        return ''
    name = f'{figure["name"]}: ' if with_name else ''
    if figure['runs'] == 1:
        return f'{name}{_number(figure["median"])} {figure["unit"]}'
    return f'{name}{_number(figure["median"])} {figure["unit"]}, p95 {_number(figure["p95"])}, p99 {_number(figure["p99"])}'


def _number(value):
    return f'{value:.2f}' if abs(value) < 10 else f'{value:.1f}' if abs(value) < 100 else f'{value:.0f}'


def write_docs():
    """Replace the table of the page; return a line that says so."""
    before = PAGE.read_text('utf-8')
    head, rest = before.split(BEGIN, 1)
    after = f'{head}{BEGIN}\n\n{table(newest())}\n\n{END}{rest.split(END, 1)[1]}'
    PAGE.write_text(after, 'utf-8')
    return f'docs/performance.md: {"as it was" if after == before else "written"}'
