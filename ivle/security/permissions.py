"""What a person may be allowed to do: views name one of these, resources grant them."""

import enum


class Permission(enum.StrEnum):
    """One line of meaning each."""

    UNSTATED = 'unstated'  # The default of a view that names none: granted to nobody.
    USE_SITE = 'use-site'  # Be signed in and see one's own pages.
    READ_FILES = 'read-files'  # List, open and download below this directory, and read its history.
    WRITE_FILES = 'write-files'  # Change files and versions below this directory.
    SERVE = 'serve'  # Run and see the programs of this directory as web pages.
    USE_CONSOLE = 'use-console'  # Talk to this console.
    ADMINISTER = 'administer'  # People, subjects, semesters, offerings, health of the site.
    VIEW_OFFERING = 'view-offering'  # See this offering: its page, its published worksheets, one's own work there.
    EDIT_WORKSHEETS = 'edit-worksheets'  # Write worksheets of this offering, and see those that are not published.
    EDIT_EXERCISES = 'edit-exercises'  # Write, test and publish the exercises of this subject's bank.
    EDIT_OFFERING = 'edit-offering'  # Change what this offering says about itself, its cutoff, and clone worksheets into it.
    SEE_PEOPLE = 'see-people'  # See who takes part in this offering.
    ENROL = 'enrol'  # Change who takes part in it, as far as `roles_to_give` of the offering goes.
    SEE_MARKS = 'see-marks'  # See everybody's marks in this offering.
    SEE_PROGRESS = 'see-progress'  # See how its students are getting on at this moment.
    CHANGE_MARKS = 'change-marks'  # Let new verdicts count for what students have done here, and so for their marks.
