from django.urls import path

from scorecard.actions import views

app_name = "actions"
urlpatterns = [
    path("actions/", views.actions, name="list"),
    path("actions/new/", views.new, name="new"),
    path("actions/change/", views.bulk, name="bulk"),
    path("actions/<int:pk>/", views.detail, name="detail"),
    path("actions/<int:pk>/begin/", views.begin, name="begin"),
    path("actions/<int:pk>/finish/", views.finish, name="finish"),
    path("actions/<int:pk>/drop/", views.drop, name="drop"),
    path("actions/<int:pk>/reopen/", views.reopen, name="reopen"),
    path("actions/<int:pk>/change/", views.change, name="change"),
    path("actions/<int:pk>/blockers/", views.blockers, name="blockers"),
    path("actions/<int:pk>/comment/", views.comment, name="comment"),
]
