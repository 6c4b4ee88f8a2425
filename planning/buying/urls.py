"""Addresses of the buy plan."""

from django.urls import path

from planning.buying import views

app_name = "buying"
urlpatterns = [path("buying/", views.plan, name="plan")]
