"""The subjects client: what is taught, in which semesters, by whom and to whom, and what comes of it.

`listing` shows subjects and offerings, `catalogue` is where administrators make them, `offering` an offering's own page and
details, `people` and `class_list` who takes part, `marks` and `progress` how students fare.
"""

from ivle.resources.subjects import SubjectsRoot


def includeme(config):
    config.add_client(
        'subjects',
        action='subjects',
        resource=SubjectsRoot,
        tab='Subjects',
        title='Subjects and marks',
        icon='book',
        media='ivle:media/subjects',
        help='ivle:templates/help/subjects.pt',
    )
    config.scan(__name__)
