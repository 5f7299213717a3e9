"""Versions: the Subversion side of one account, in three parts."""

from services.files.changes import Changes
from services.files.history import History
from services.files.states import States
from services.files.subversion import Subversion


class Versions:
    """`states` for listings, `changes` to working copies, and `history`."""

    def __init__(self, tree, staging, config, tunnel):
        subversion = Subversion(tree, config, tunnel)
        self.states, self.changes, self.history = States(subversion), Changes(subversion, staging), History(subversion)
