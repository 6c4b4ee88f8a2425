"""Addresses of the scorecard's measures, which show what campaigns came to as well."""

from django.urls import path

from scorecard.outcomes import card_views

app_name = "scorecard"
urlpatterns = [
    path("scorecard/", card_views.card, name="card"),
    path("scorecard/file/<str:kind>/", card_views.card_export, name="card_export"),
    path("scorecard/restatements/", card_views.restated, name="restatements"),
    path("scorecard/restatements/<str:week>/", card_views.restate, name="restate"),
    path("scorecard/measures/<str:name>/", card_views.measure, name="measure"),
    path("scorecard/measures/<str:name>/target/", card_views.set_target, name="set_target"),
    path("scorecard/measures/<str:name>/parts/<str:kind>/", card_views.parts_export, name="parts_export"),
    path("scorecard/measures/<str:name>/rows/", card_views.drill, name="drill"),
    path("scorecard/measures/<str:name>/rows/<str:kind>/", card_views.drill_export, name="drill_export"),
]
