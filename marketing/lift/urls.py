from django.urls import path

from marketing.lift import views

app_name = "lift"
urlpatterns = [
    path("lifts/", views.norms, name="norms"),
    path("lifts/promotions/", views.promotions, name="promotions"),
    path("lifts/<int:pk>/", views.past, name="past"),
]
