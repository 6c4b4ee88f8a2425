"""Addresses of the Bridge."""

from django.urls import path

from planning.risk import views

app_name = "risk"
urlpatterns = [
    path("bridge/", views.bridge, name="bridge"),
    path("bridge/freshness/", views.freshness, name="freshness"),
    path("bridge/flags/<int:pk>/", views.flag, name="flag"),
    path("bridge/flags/<int:pk>/doors/<int:door_pk>/", views.door, name="door"),
    path("bridge/flags/<int:pk>/accept/", views.accept, name="accept"),
    path("bridge/acceptances/<int:pk>/sign/", views.sign_acceptance, name="sign_acceptance"),
    path("bridge/acceptances/<int:pk>/decline/", views.decline_acceptance, name="decline_acceptance"),
    path("bridge/campaigns/<int:pk>/", views.campaign, name="campaign"),
    path("bridge/campaigns/<int:pk>/approve/", views.approve_campaign, name="approve_campaign"),
    path("bridge/campaigns/<int:pk>/reject/", views.reject_campaign, name="reject_campaign"),
]
