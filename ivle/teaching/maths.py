"""Formulas: TeX as authors write it, MathML as browsers show it."""

import html

from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml

LONGEST_FORMULA = 4000


def formula(tex, is_block, problems, line=None):
    """Return the MathML of a formula; what cannot be read is shown as it was written, and noted as a problem."""
    shown = html.escape(tex.strip())
    try:
        if len(tex) > LONGEST_FORMULA:
            raise MathError(f'it is longer than {LONGEST_FORMULA} characters')
        return tex2mathml(tex, as_block=is_block)
    except (MathError, RecursionError) as error:
        reason = ' '.join(str(error).split()).rstrip('.!') if isinstance(error, MathError) else 'it is nested too deeply'
    except (IndexError, KeyError, ValueError, AttributeError, TypeError, StopIteration):
        # The converter was written for formulas that TeX would accept.
        reason = 'something in it is not closed or not known'
    problems.add(f'the formula {tex.strip()[:60]!r} cannot be read: {reason}.', line)
    return f'<pre><code>{shown}</code></pre>' if is_block else f'<code>{shown}</code>'
