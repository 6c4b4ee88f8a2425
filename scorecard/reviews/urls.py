from django.urls import path

from scorecard.reviews import views

app_name = "reviews"
QUARTER = "scorecard/reviews/<int:year>-q<int:number>/"
urlpatterns = [
    path("scorecard/reviews/", views.current, name="current"),
    path(QUARTER, views.detail, name="detail"),
    path(f"{QUARTER}summary/", views.say_first, name="say_first"),
    path(f"{QUARTER}ask/", views.ask, name="ask"),
    path(f"{QUARTER}close/", views.close, name="close"),
    path(f"{QUARTER}pre-read/", views.pre_read, name="pre_read"),
    path(f"{QUARTER}pre-read/file/", views.pre_read_file, name="pre_read_file"),
    path("scorecard/reviews/decisions/<int:pk>/decide/", views.decide, name="decide"),
    path("scorecard/reviews/decisions/<int:pk>/carry-over/", views.carry_over, name="carry_over"),
]
