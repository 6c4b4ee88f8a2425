"""Every request that may write carries its author into the history."""

import pghistory


class HistoryMiddleware:
    """Open a history context with the signed-in person around requests that may write."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return self.get_response(request)
        with pghistory.context(user=request.user.pk, url=request.path):
            return self.get_response(request)
