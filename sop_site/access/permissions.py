"""Asking for permission, and saying no."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from sop_site.access.models import User

Parameters = ParamSpec("Parameters")


class SignedInRequest(HttpRequest):
    """The request of a person who has signed in, which is what every view but the public ones gets."""

    user: User


View = Callable[Concatenate[SignedInRequest, Parameters], HttpResponseBase]


class NotAllowed(PermissionDenied):
    """The person may not do this, whatever the state of the thing. Answers 403."""


class NotNow(Exception):
    """The thing's state does not allow this now; the message says so in a sentence for people."""


def require(user, permission: str) -> None:
    """Raise NotAllowed unless ``user`` holds ``permission``."""
    if not user.has_perm(permission):
        raise NotAllowed(f"This needs the permission {permission}.")


def may(permission: str) -> Callable[[View[Parameters]], View[Parameters]]:
    """A view that only people with ``permission`` may reach; others get 403."""

    def decorate(view: View[Parameters]) -> View[Parameters]:
        @wraps(view)
        def checked(
            request: SignedInRequest, *args: Parameters.args, **kwargs: Parameters.kwargs
        ) -> HttpResponseBase:
            require(request.user, permission)
            return view(request, *args, **kwargs)

        return checked

    return decorate
