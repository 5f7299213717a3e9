"""The tutorial client: worksheets with exercises in them, which are tried, submitted and judged while one waits.

`pages` shows offerings, worksheets and exercises, `working` is what a student does with an exercise, `attempts` what was sent
before; `facts` says for pages and scripts alike where somebody is.
"""

from ivle.judging import Judging
from ivle.resources.tutorial import TutorialRoot


def includeme(config):
    config.registry.judging = Judging(config.registry.ivle, config.registry.database)
    config.add_client(
        'tutorial',
        action='tutorial',
        resource=TutorialRoot,
        tab='Tutorial',
        title='Worksheets and exercises',
        icon='tutorial',
        media='ivle:media/tutorial',
        help='ivle:templates/help/tutorial.pt',
    )
    config.scan(__name__)
