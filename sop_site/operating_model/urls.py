from django.urls import path

from sop_site.operating_model import views

app_name = "operating_model"
urlpatterns = [path("operating-model/", views.current, name="current")]
