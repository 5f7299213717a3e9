"""Rules for every view, as view derivers: exact paths, allowed methods, signing in per client."""

from pyramid.httpexceptions import HTTPForbidden, HTTPMethodNotAllowed, HTTPNotFound
from pyramid.location import lineage
from pyramid.viewderivers import INGRESS

from ivle.security.permissions import Permission

SAFE_METHODS = ('GET', 'HEAD')


def exact_path(view, info):
    """A view answers its own URL only, unless it says `takes_subpath=True`: two URLs for one page break links."""
    if info.options.get('takes_subpath') or info.exception_only:
        return view

    def checked(context, request):
        if request.subpath:
            raise HTTPNotFound()
        return view(context, request)

    return checked


exact_path.options = ('takes_subpath',)


def allowed_methods(view, info):
    """A view answers the methods it lists in `methods` (GET and HEAD when it lists none); others get 405."""
    methods = tuple(info.options.get('methods') or SAFE_METHODS)
    if info.exception_only:
        return view

    def checked(context, request):
        if request.method not in methods:
            raise HTTPMethodNotAllowed(headers=[('Allow', ', '.join(methods))])
        return view(context, request)

    return checked


allowed_methods.options = ('methods',)


def signed_in(view, info):
    """A client that needs signing in shows nothing to the anonymous, whatever its views forgot."""
    if info.exception_only:
        return view

    def checked(context, request):
        if request.identity is None:
            client = client_of(context, request)
            if client is not None and client.needs_sign_in:
                raise HTTPForbidden()
        return view(context, request)

    return checked


def client_of(context, request):
    """Return the client in whose part of the tree a resource stands, or None."""
    names = [place.__name__ for place in lineage(context) if getattr(place, '__name__', '')]
    return request.registry.clients.by_action(names[-1]) if names else None


def includeme(config):
    config.add_view_deriver(exact_path, under=INGRESS, over='secured_view')
    config.add_view_deriver(allowed_methods, under='exact_path', over='secured_view')
    config.add_view_deriver(signed_in, under='allowed_methods', over='secured_view')
    config.set_default_permission(Permission.UNSTATED)
