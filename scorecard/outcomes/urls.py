from django.urls import path

from scorecard.outcomes import views

app_name = "outcomes"
urlpatterns = [
    path("scorecard/outcomes/", views.current, name="current"),
    path("scorecard/outcomes/campaigns/<int:pk>/", views.campaign, name="campaign"),
    path("scorecard/outcomes/<str:key>/", views.quarter, name="quarter"),
    path("scorecard/outcomes/<str:key>/export/<str:kind>/", views.export, name="export"),
]
