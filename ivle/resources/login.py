"""Signing in and out: two pages that anybody may reach."""

from ivle.resources.base import Resource


class SignInPage(Resource):
    """Where people say who they are."""


class SignOutPage(Resource):
    """Where people leave."""
