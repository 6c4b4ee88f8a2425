"""Gathers the addresses of the rooms."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("scorecard.outcomes.card_urls")),
    path("", include("scorecard.outcomes.urls")),
    path("", include("scorecard.lab.urls")),
    path("", include("scorecard.reviews.urls")),
    path("", include("scorecard.signals.urls")),
    path("", include("scorecard.actions.urls")),
    path("", include("scorecard.meetings.urls")),
    path("", include("scorecard.home.urls")),
]
