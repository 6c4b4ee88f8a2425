from django.urls import path

from scorecard.lab import views

app_name = "lab"
urlpatterns = [
    path("operating-model/replays/of/<int:pk>/", views.of_model, name="of_model"),
    path("operating-model/replays/of/<int:pk>/ask/", views.ask, name="ask"),
    path("operating-model/replays/<int:pk>/", views.replay, name="replay"),
    path("operating-model/replays/<int:pk>/retry/", views.retry, name="retry"),
]
