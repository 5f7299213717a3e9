"""Who may do what: identities, sessions, passwords, tokens, and proof that a request comes from our pages.

Permissions are granted by the resources' own lists (`__acl__` methods); a view names the permission it needs, and one that
names none is reachable by nobody. `registry.policy`, `registry.signer` and `registry.throttle` belong to this package.
"""

from ivle.secrets import read_secret
from ivle.security.cookies import Signer
from ivle.security.csrf import CsrfPolicy, needs_token
from ivle.security.flashes import flash_factory
from ivle.security.policy import Policy
from ivle.security.throttle import LoginThrottle


def includeme(config):
    """Install the policies: identity and permission, CSRF, flash messages, and the throttle of passwords."""
    registry, settings = config.registry, config.registry.ivle
    registry.signer = Signer(read_secret(settings, 'cookie'))
    registry.throttle = LoginThrottle(settings.login_tries)
    registry.policy = Policy(settings, registry.signer)
    config.set_security_policy(registry.policy)
    config.set_csrf_storage_policy(CsrfPolicy(settings, registry.signer, registry.policy))
    # Pyramid looks at the origin on https only; our storage policy does it always.
    config.set_default_csrf_options(
        require_csrf=True, token='csrf_token', header='X-CSRF-Token', check_origin=False, callback=needs_token
    )
    config.set_session_factory(flash_factory(settings, registry.signer.key('messages').hex()))
