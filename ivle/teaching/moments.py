"""Points in time as people write them into a form: local time in a zone that is named beside the field."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_WRITTEN = re.compile(r'([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)\s*(Z|[+-][0-9]{2}:[0-9]{2})?')


def read_moment(text: str, zone: str) -> datetime:
    """Return the moment of `YYYY-MM-DD HH:MM`, in UTC; ValueError with a sentence when it is none.

    It is taken as local time in `zone`, unless it ends in Z or an offset such as +10:00. Of an hour that comes twice
    when the clocks are put back, it is the first.
    """
    match = _WRITTEN.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        written = datetime.fromisoformat(f'{match[1]}T{match[2]}{match[3] or ""}')
        local = written if written.tzinfo else written.replace(tzinfo=ZoneInfo(zone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError('Write the time as year-month-day and hours:minutes, for example 2026-11-30 17:00.') from None


def write_moment(moment: datetime | None, zone: str, between: str = ' ') -> str:
    """Return a moment as `read_moment` reads it, to the minute; an empty text for none."""
    return moment.astimezone(ZoneInfo(zone)).strftime(f'%Y-%m-%d{between}%H:%M') if moment else ''


def moment_in_zone(moment: datetime, zone: str) -> str:
    """Return a moment for readers, with its zone: `30 Nov 2026, 17:00 (Europe/Berlin, UTC+01:00)`."""
    local = moment.astimezone(ZoneInfo(zone))
    offset = local.strftime('%z')
    named = zone if zone == 'UTC' else f'{zone}, UTC{offset[:3]}:{offset[3:5]}'
    return f'{local.strftime("%-d %b %Y, %H:%M")} ({named})'
