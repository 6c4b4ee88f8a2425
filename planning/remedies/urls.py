"""Addresses of remedies."""

from django.urls import path

from planning.remedies import views

app_name = "remedies"
urlpatterns = [
    path("bridge/flags/<int:pk>/remedies/", views.of_flag, name="of_flag"),
    path("bridge/flags/<int:pk>/expedite/", views.expedite, name="expedite"),
    path("bridge/flags/<int:pk>/reallocate/", views.reallocate, name="reallocate"),
    path("bridge/flags/<int:pk>/shift/", views.shift, name="shift"),
    path("bridge/flags/<int:pk>/reduce/", views.reduce, name="reduce"),
    path("remedies/", views.waiting, name="waiting"),
    path("remedies/re-dates/", views.redates, name="redates"),
    path("remedies/<int:pk>/consent/", views.consent, name="consent"),
    path("remedies/<int:pk>/decline/", views.decline, name="decline"),
    path("remedies/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
