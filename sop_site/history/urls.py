from django.urls import path

from sop_site.history import views

app_name = "history"
urlpatterns = [path("history/", views.entries, name="entries")]
