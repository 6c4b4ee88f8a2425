from django.urls import path

from marketing.baseline import views

app_name = "baseline"
urlpatterns = [path("baselines/<int:pk>/", views.sku, name="sku")]
