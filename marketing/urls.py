"""Gathers Marketing's addresses."""

from django.urls import include, path

urlpatterns = [
    path("", include("marketing.baseline.urls")),
    path("", include("marketing.lift.urls")),
    path("", include("marketing.campaigns.urls")),
    path("", include("marketing.catalogue.urls")),
]
