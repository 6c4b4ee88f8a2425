"""Addresses of stock and receipts."""

from django.urls import path

from planning.supply import views

app_name = "supply"
urlpatterns = [path("receipts/", views.receipts, name="receipts")]
