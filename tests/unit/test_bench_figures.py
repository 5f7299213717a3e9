"""What the bench says of its figures: ratios the right way round, and targets reached only by what was measured."""

import json

import pytest

from bench import report
from bench.crowd import Queue
from bench.figures import bounded, counted, faster, figure_of, in_turn, missing, share, single


def figure(median, name='work'):
    return single(name, median, 'ms')


def test_a_figure_is_the_middle_and_the_slow_end_of_its_values():
    found = figure_of('work', range(1, 101))
    assert (found.median, found.p95, found.p99, found.runs) == (50.5, 96, 100, 100)


def test_nothing_measured_is_no_figure():
    with pytest.raises(AssertionError, match='nothing was measured'):
        figure_of('work', [])


@pytest.mark.parametrize('ours, is_reached', [(1, True), (5, True), (6, False)])
def test_a_work_is_faster_by_what_the_peer_takes_longer(ours, is_reached):
    assert faster('start', figure(ours), figure(100), 20).reached is is_reached


@pytest.mark.parametrize('ours, is_reached', [(30, True), (35, True), (36, False)])
def test_a_share_is_what_ours_takes_of_the_peer_s_time(ours, is_reached):
    assert share('run', figure(ours), figure(100), 0.35).reached is is_reached


def test_a_bound_is_on_the_value_it_names():
    slow_end = figure_of('work', [1] * 90 + [300] * 10)
    assert bounded('lines', slow_end, 'median', 250).reached is True
    assert bounded('lines', slow_end, 'p95', 250).reached is False


def test_one_wrong_answer_misses_a_target_of_none():
    assert counted('wrong answers', 0, 0, 'answers').reached is True
    assert counted('wrong answers', 1, 0, 'answers').reached is False


def test_what_could_not_be_measured_is_neither_reached_nor_missed():
    row = missing('numpy', '≤ 0.1 × the peer', 'there is no numpy')
    assert row.reached is None
    assert 'there is no numpy' in '\n'.join(row.lines())


def test_works_are_called_in_turn():
    called = []
    in_turn(2, ('ours', lambda: called.append('ours'), 2), ('theirs', lambda: called.append('theirs'), 1))
    assert called == ['ours', 'ours', 'theirs'] * 2


# -- the report -------------------------------------------------------------------------------------


MACHINE = {
    **{'processors': 2, 'memory_gib': 8, 'system': 'Debian', 'kernel': '6', 'python': '3.11', 'versions': {'ivle': '1'}},
    'load': [0.5, 0.4, 0.3],
}


def results(when, **works):
    found = {work: [row.as_json() for row in rows] for work, rows in works.items()}
    return {'when': when, 'machine': MACHINE, 'works': found, 'failed': {}}


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(report, 'RESULTS', tmp_path)
    return report.keep


def test_the_summary_counts_what_was_measured_and_names_what_was_missed():
    rows = [
        faster('quick', figure(1), figure(100), 20),
        faster('slow', figure(50), figure(100), 20),
        missing('none', 'x', 'not here'),
    ]
    said = report.summary(results('2026-01-01', one=rows))
    assert said.startswith('Reached 1 of 2.\n')
    assert 'slow: 2.0 times faster (target ≥ 20 times faster)' in said
    assert 'none: not here' in said
    assert 'quick' not in said


def test_the_summary_names_a_measurement_that_broke():
    given = results('2026-01-01', one=[faster('quick', figure(1), figure(100), 20)])
    said = report.summary({**given, 'failed': {'load': 'OSError: no room'}})
    assert said == 'Reached 1 of 1.\nBroken: load: OSError: no room'


def test_a_run_ends_with_one_table_in_which_what_was_missed_is_marked():
    rows = [
        faster('quick', figure(1), figure(100), 20),
        faster('slow', figure(50), figure(100), 20),
        share('run', figure(1), figure(2), 1),
    ]
    given = {**results('2026-01-01', one=rows), 'load_after': [3.0, 2.0, 1.0]}
    *lines, loads = report.overview(given).splitlines()
    assert [line.split()[0] for line in lines] == ['Work', 'quick', 'slow', 'run']
    assert [line.split()[-1] for line in lines[1:]] == ['reached', 'MISSED', 'reached']
    assert loads == 'Load average before: 0.5 0.4 0.3; after: 3.0 2.0 1.0.'


def test_those_who_waited_in_line_are_counted():
    assert str(Queue()) == 'none waited in line'
    assert str(Queue([0.5, 1.5, 2.5])) == '3 waited in line, 1.50 s in the middle and 2.50 s at the most'


def test_the_table_has_the_newest_result_of_each_work(kept):
    kept(
        results(
            '2026-01-01T00:00:00', one=[faster('start', figure(1), figure(9), 2)], two=[faster('line', figure(1), figure(3), 2)]
        )
    )
    kept(results('2026-01-02T00:00:00', one=[faster('start', figure(1), figure(7), 2)]))
    table = report.table(report.newest())
    assert '| 7.0 times faster | ≥ 2 times faster | yes |' in table
    assert '| 3.0 times faster | ≥ 2 times faster | yes |' in table
    assert '9.0 times' not in table
    assert 'Not all of it is of one run' in table


def test_a_bar_in_a_name_does_not_break_the_table(kept):
    kept(results('2026-01-01T00:00:00', one=[counted('a | b', 0, 0, 'lines')]))
    assert report.table(report.newest()).splitlines()[-1].count('|') == 7


def test_results_are_kept_whole(kept):
    given = results('2026-01-01T00:00:00', one=[share('run', figure(1), figure(2), 0.35)])
    assert json.loads(kept(given).read_text()) == json.loads(json.dumps(given))


def test_the_page_has_a_place_for_the_table():
    page = report.PAGE.read_text('utf-8')
    assert page.index(report.BEGIN) < page.index(report.END)
