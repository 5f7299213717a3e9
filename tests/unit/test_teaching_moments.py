"""Moments as people write them: local time with its zone, UTC in the end."""

from datetime import UTC, datetime

import pytest

from ivle.teaching.moments import moment_in_zone, read_moment, write_moment

BERLIN = 'Europe/Berlin'


@pytest.mark.parametrize(
    ('text', 'zone', 'hour'),
    [
        ('2026-06-01 12:00', BERLIN, 10),
        ('2026-12-01 12:00', BERLIN, 11),
        ('2026-12-01T12:00', 'UTC', 12),
        ('2026-12-01 12:00:00', 'UTC', 12),
        (' 2026-12-01 12:00 ', 'UTC', 12),
        ('2026-12-01 12:00Z', BERLIN, 12),
        ('2026-12-01T12:00+10:00', BERLIN, 2),
    ],
)
def test_a_time_is_local_unless_it_says_otherwise(text, zone, hour):
    moment = read_moment(text, zone)
    assert (moment.hour, moment.tzinfo) == (hour, UTC)


@pytest.mark.parametrize(
    'text',
    [
        '',
        'tomorrow',
        '2026-12-01',
        '2026-13-01 12:00',
        '2026-12-01 25:00',
        '01.12.2026 12:00',
        '2026-12-01 12:00 CET',
        '9999-12-31 23:59-14:00',
    ],
)
def test_what_is_no_time_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match='2026-11-30 17:00'):
        read_moment(text, BERLIN)


def test_what_was_written_reads_as_the_same_moment():
    moment = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
    assert write_moment(moment, BERLIN, between='T') == '2026-06-01T12:00'
    assert read_moment(write_moment(moment, BERLIN), BERLIN) == moment
    assert write_moment(None, BERLIN) == ''


def test_a_reader_is_told_the_zone_and_how_far_it_is_from_utc():
    moment = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
    assert moment_in_zone(moment, BERLIN) == '1 Jun 2026, 12:00 (Europe/Berlin, UTC+02:00)'
    assert moment_in_zone(moment, 'UTC') == '1 Jun 2026, 10:00 (UTC)'
