"""Who is asking: a plain copy of the account's row that outlives the database session."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """A signed-in person. `via` is 'session' (a cookie, so CSRF applies) or 'token' (a script)."""

    id: int
    login: str
    name: str
    email: str
    is_admin: bool
    via: str
    session_id: int | None = None
