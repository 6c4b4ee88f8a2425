"""Addresses of the monthly consensus."""

from django.urls import path

from planning.consensus import cycle_views

app_name = "consensus"
urlpatterns = [
    path("consensus/", cycle_views.current, name="current"),
    path("consensus/<int:pk>/", cycle_views.cycle, name="cycle"),
]
