from django.urls import path

from scorecard.home import views

urlpatterns = [path("", views.home, name="home")]
