"""The errors a person may meet: each has a code, an HTTP status and one sentence they can act on."""


class IvleError(Exception):
    """A refusal or failure that is shown to the person.

    `code` is for scripts, `message` for people, `status` the HTTP status; `extra` joins the JSON error object.
    """

    code = 'failed'
    status = 400
    message = 'That did not work.'

    def __init__(self, message=None, *, code=None, status=None, **extra):
        self.code = code or self.code
        self.status = status or self.status
        self.message = message or self.message
        self.extra = extra
        super().__init__(self.message)


class BadRequest(IvleError):
    """What was sent cannot be used."""

    code, status, message = 'bad-request', 400, 'What was sent cannot be used. Check it and send it again.'


class FieldError(BadRequest):
    """One field of a form cannot be taken. `field` is the one to mend; a script finds its name in the error."""

    def __init__(self, field, message):
        super().__init__(message, field=field)
        self.field = field


class NotFound(IvleError):
    """Nothing there, or not theirs: the two look the same."""

    code, status, message = 'not-found', 404, 'There is nothing here, or it is not yours to see.'


class Conflict(IvleError):
    """The request does not fit what is there now."""

    code, status, message = 'conflict', 409, 'That does not fit what is there now. Reload the page and look.'


class ServiceDown(IvleError):
    """A host daemon or a sandbox did not answer."""

    code, status = 'service-down', 503
    message = 'Your files cannot be reached for the moment. Nothing is lost; try again in a few seconds.'
