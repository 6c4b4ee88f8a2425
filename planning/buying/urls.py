"""Addresses of the buy plan."""

from django.urls import path

from planning.buying import order_views, views

app_name = "buying"
urlpatterns = [
    path("buying/", views.plan, name="plan"),
    path("buying/act/", views.act, name="act"),
    path("buying/calculate/", views.calculate, name="calculate"),
    path("buying/planned-orders.<str:kind>", views.export, name="export"),
    path("buying/<int:pk>/", order_views.line, name="line"),
    path("buying/<int:pk>/edit/", order_views.edit, name="edit"),
    path("buying/<int:pk>/undo/", order_views.undo, name="undo"),
    path("buying/<int:pk>/cancel/", order_views.cancel, name="cancel"),
    path("buying/open-to-buy/", views.open_to_buy, name="open_to_buy"),
    path("buying/orders/", views.orders, name="orders"),
    path("buying/orders/<str:po_number>.<str:kind>", views.order_file, name="order_file"),
]
