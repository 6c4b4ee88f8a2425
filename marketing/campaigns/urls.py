from django.urls import path

from marketing.campaigns import results_views, views

app_name = "campaigns"
urlpatterns = [
    path("calendar/", views.calendar, name="calendar"),
    path("campaigns/", views.campaign_list, name="list"),
    path("campaigns/new/", views.new, name="new"),
    path("campaigns/skus/", views.sku_search, name="sku_search"),
    path("campaigns/<int:pk>/", views.detail, name="detail"),
    path("campaigns/<int:pk>/side-effects/", views.side_effects, name="side_effects"),
    path("campaigns/<int:pk>/edit/", views.edit, name="edit"),
    path("campaigns/<int:pk>/results/", results_views.results, name="results"),
    path("campaigns/<int:pk>/submit/", views.submit, name="submit"),
    path("campaigns/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("campaigns/<int:pk>/revise/", views.revise, name="revise"),
    path("campaigns/<int:pk>/cancel/", views.cancel, name="cancel"),
]
