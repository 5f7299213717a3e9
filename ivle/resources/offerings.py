"""Offerings: a subject in a semester, at `<subject>/<year>/<semester>` below any client that has to do with teaching."""

import re

from pyramid.authorization import Allow

from ivle.models.course import Role
from ivle.models.names import is_url_name
from ivle.models.offerings import find_offering
from ivle.resources.base import PrivateResource
from ivle.security.permissions import Permission

_YEAR = re.compile('[1-9][0-9]{3}')


class OfferingPlace(PrivateResource):
    """An offering. `offering` is its OfferingFacts, `role` the Role of the reader's active enrolment, or None.

    Nobody gets in without a part in it but administrators, whatever state its semester is in.
    """

    def __init__(self, request, parent, name, offering, role):
        super().__init__(request, parent, name)
        self.offering, self.role = offering, role

    @property
    def is_administered(self):
        """Whether the reader is here as an administrator."""
        return self.request.identity is not None and self.request.identity.is_admin

    def grants(self):
        """Return what the reader's part allows, and what administrators may do."""
        reader = self.request.identity
        own = (
            []
            if reader is None
            else [
                (Allow, f'user:{reader.id}', permission) for permission in permissions_of(self.role, self.request.registry.ivle)
            ]
        )
        return [*own, *((Allow, 'admin', permission) for permission in FOR_ADMINISTRATORS)]

    def roles_to_give(self):
        """Return the Roles that the reader may give to people, and take from them."""
        if self.is_administered:
            return tuple(Role)
        if self.role == Role.LECTURER:
            return Role.STUDENT, Role.TUTOR
        if self.role == Role.TUTOR and self.request.registry.ivle.tutors_can_enrol_students:
            return (Role.STUDENT,)
        return ()


FOR_MEMBERS = (Permission.VIEW_OFFERING,)
FOR_TUTORS = (*FOR_MEMBERS, Permission.SEE_PEOPLE, Permission.SEE_PROGRESS)
FOR_LECTURERS = (
    *FOR_TUTORS,
    Permission.EDIT_WORKSHEETS,
    Permission.EDIT_OFFERING,
    Permission.ENROL,
    Permission.SEE_MARKS,
    Permission.CHANGE_MARKS,
)
# How students are getting on day by day is between them and who teaches them.
FOR_ADMINISTRATORS = tuple(permission for permission in FOR_LECTURERS if permission != Permission.SEE_PROGRESS)


def permissions_of(role, policy):
    """Return the Permissions that a role, or none, gives in an offering; `policy` are the site's Settings."""
    if role is None:
        return ()
    if role == Role.STUDENT:
        return FOR_MEMBERS
    if role == Role.LECTURER:
        return FOR_LECTURERS
    return (
        *FOR_TUTORS,
        *([Permission.EDIT_WORKSHEETS] if policy.tutors_can_edit_worksheets else []),
        *([Permission.ENROL] if policy.tutors_can_enrol_students else []),
        *([Permission.SEE_MARKS] if policy.tutors_can_see_marks else []),
    )


class WayToOffering(PrivateResource):
    """A segment on the way, `<subject>` or `<year>`. Nothing is here but what is below; `kind` makes the offering's resource."""

    def __init__(self, request, parent, name, parts, kind=OfferingPlace):
        super().__init__(request, parent, name)
        self.parts, self.kind = parts, kind

    def child(self, name):
        return step_to_offering(self.request, self, name, self.parts, self.kind)


def step_to_offering(request, parent, name, above=(), kind=OfferingPlace):
    """Return the next resource on the way `<subject>/<year>/<semester>`, or None when nothing can be there.

    `above` are the segments already walked. At the third stands `kind(request, parent, name, offering, role)`,
    an OfferingPlace of the client's own; one query has told it everything.
    """
    parts = (*above, name)
    if len(parts) == 2 and not _YEAR.fullmatch(name) or len(parts) != 2 and not is_url_name(name):
        return None
    if len(parts) < 3:
        return WayToOffering(request, parent, name, parts, kind)
    subject, year, semester = parts
    with request.reading() as db:
        found = find_offering(db, subject, int(year), semester, request.identity and request.identity.id)
    return None if found is None else kind(request, parent, name, *found)
