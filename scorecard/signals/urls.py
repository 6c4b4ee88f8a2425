from django.urls import path

from scorecard.signals import views

app_name = "signals"
urlpatterns = [
    path("scorecard/signals/", views.signals, name="signals"),
    path("scorecard/signals/file/<str:kind>/", views.export, name="export"),
    path("scorecard/signals/<int:pk>/", views.sku, name="sku"),
    path("scorecard/signals/decide/<int:pk>/", views.decide, name="decide"),
]
