"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path

from sop_site import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz/", views.healthz, name="healthz"),
    path("", include("sop_site.access.urls")),
    path("", include("sop_site.history.urls")),
    path("", include("sop_site.operating_model.urls")),
    path("", include("sop_site.feeds.urls")),
    path("", include("sop_site.notifications.urls")),
    path("", include("marketing.urls")),
    path("", include("planning.urls")),
    path("", include("scorecard.urls")),
]
