"""Addresses of the monthly consensus."""

from django.urls import path

from planning.consensus import accuracy_views, cycle_views, grid_views, signing_views

app_name = "consensus"
urlpatterns = [
    path("consensus/", cycle_views.current, name="current"),
    path("consensus/accuracy/", accuracy_views.accuracy, name="accuracy"),
    path("consensus/<int:pk>/", cycle_views.cycle, name="cycle"),
    path("consensus/<int:pk>/sign/", signing_views.sign, name="sign"),
    path("consensus/<int:pk>/send-back/", signing_views.send_back, name="send_back"),
    path("consensus/<int:pk>/reopen/", signing_views.reopen, name="reopen"),
    path("consensus/versions/<int:pk>/compare/", signing_views.compare, name="compare"),
    path("consensus/versions/<int:pk>/grid/", grid_views.grid, name="grid"),
    path("consensus/versions/<int:pk>/grid/layers/", grid_views.grid_layers, name="grid_layers"),
    path("consensus/versions/<int:pk>/grid/typed/", grid_views.grid_typed, name="grid_typed"),
]
