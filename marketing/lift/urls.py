from django.urls import path

from marketing.lift import views

app_name = "lift"
urlpatterns = [
    path("lifts/", views.norms, name="norms"),
    path("lifts/<int:pk>/", views.past, name="past"),
]
