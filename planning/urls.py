"""Gathers the addresses of the rooms."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("planning.supply.urls")),
    path("", include("planning.risk.urls")),
    path("", include("planning.remedies.urls")),
    path("", include("planning.consensus.urls")),
    path("", include("planning.buying.urls")),
]
