from django.urls import path

from sop_site.operating_model import views

app_name = "operating_model"
urlpatterns = [
    path("operating-model/", views.current, name="current"),
    path("operating-model/propose/", views.propose, name="propose"),
    path("operating-model/<int:number>/", views.version, name="version"),
    path("operating-model/<int:number>/review/", views.review, name="review"),
    path("operating-model/<int:number>/adopt/", views.adopt, name="adopt"),
    path("operating-model/<int:number>/decline/", views.decline, name="decline"),
    path("operating-model/<int:number>/withdraw/", views.withdraw, name="withdraw"),
]
