"""Addresses of the feeds' page."""

from django.urls import path

from sop_site.feeds import views

app_name = "feeds"
urlpatterns = [path("data/", views.loads, name="loads")]
