"""Gathers the addresses of the rooms."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("scorecard.lab.urls")),
]
