"""What pages and scripts are told of where a student goes on."""

from ivle.resources.base import path_url


def step_told(request, step):
    """Return the address and the names of a Step; None where there is none."""
    return step and {
        'name': step.name,
        'worksheet': step.worksheet,
        'worksheet_name': step.worksheet_name,
        'offering': '/'.join(step.segments),
        'url': path_url(request, 'tutorial', *step.segments, step.worksheet, step.exercise),
    }
