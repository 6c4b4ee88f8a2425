from django.urls import path

from marketing.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", views.products, name="products"),
    path("catalogue/<int:pk>/", views.product, name="product"),
    path("catalogue/<int:pk>/edit/", views.edit, name="edit"),
    path("doors/", views.doors, name="doors"),
]
