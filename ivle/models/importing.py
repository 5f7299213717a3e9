"""Courses that authors bring and take in a browser: what would change is shown first, and then exactly that is done.

Nothing of it is published: a half-written exercise would reach the students of every offering of the subject.
"""

import hashlib
import json
from dataclasses import asdict

from ivle.errors import Conflict
from ivle.models.course import Offering
from ivle.models.courses import course_of_offering, save_course


def exported(db, offering_id):
    """Return the Course of an offering."""
    return course_of_offering(db, db.get(Offering, offering_id))


def planned(database, offering_id, course, rendered, author_id):
    """Return the Import that taking a Course would be; nothing of it is kept."""
    with database.session(writes=True) as db:
        done = save_course(db, db.get(Offering, offering_id), course, rendered, author_id, as_drafts=True)
        db.rollback()
    return done


def digest_of(done):
    """Return what tells two Imports apart."""
    return hashlib.sha256(json.dumps(asdict(done)).encode()).hexdigest()


def imported(db, offering_id, course, rendered, author_id, digest):
    """Take a Course into an offering and return the Import; Conflict when that is not the one that was shown."""
    # Whoever imports at the same moment waits here.
    offering = db.get(Offering, offering_id, with_for_update=True)
    done = save_course(db, offering, course, rendered, author_id, as_drafts=True)
    if digest_of(done) != digest:
        raise Conflict('The course was changed after you looked. Nothing was taken: look again at what would change.')
    return done
