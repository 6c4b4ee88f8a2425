from django.urls import path

from scorecard.meetings import feed_views, given_views, paper_views, room_views, views

app_name = "meetings"
urlpatterns = [
    path("meetings/", views.meetings, name="list"),
    path("meetings/timetable/<str:kind>/", views.series, name="series"),
    path("meetings/<int:pk>/", views.detail, name="detail"),
    path("meetings/<int:pk>/points/", views.add_point, name="add_point"),
    path("meetings/<int:pk>/order/", views.order, name="order"),
    path("meetings/<int:pk>/refresh/", views.refresh, name="refresh"),
    path("meetings/<int:pk>/open/", views.open_room, name="open"),
    path("meetings/<int:pk>/close/", views.close, name="close"),
    path("meetings/<int:pk>/take-back/", views.take_back, name="take_back"),
    path("meetings/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("meetings/<int:pk>/restore/", views.restore, name="restore"),
    path("meetings/<int:pk>/move/", views.move, name="move"),
    path("meetings/<int:pk>/papers/<str:kind>/", paper_views.paper, name="paper"),
    path("meetings/<int:pk>/papers/<str:kind>/file/", paper_views.paper_file, name="paper_file"),
    path("meetings/points/<int:pk>/park/", views.park, name="park"),
    path("meetings/<int:pk>/room/", room_views.room, name="room"),
    path("meetings/<int:pk>/room/projector/", room_views.projector, name="projector"),
    path("meetings/<int:pk>/room/forms/", room_views.room_forms, name="room_forms"),
    path("meetings/<int:pk>/room/points/", room_views.add_point, name="add_point_now"),
    path("meetings/points/<int:pk>/go/", room_views.go_to, name="go_to_point"),
    path("meetings/points/<int:pk>/finish/", room_views.finish, name="finish_point"),
    path("meetings/points/<int:pk>/park-now/", room_views.park, name="park_point"),
    path("meetings/points/<int:pk>/notes/", room_views.notes, name="notes"),
    path("meetings/points/<int:pk>/decide/", room_views.decide, name="decide"),
    path("meetings/points/<int:pk>/action/", room_views.give_action, name="give_action"),
    path("meetings/calendar/renew/", feed_views.renew, name="renew_feed"),
    path("meetings/calendar/revoke/", feed_views.revoke, name="revoke_feed"),
    path("calendar/<str:token>.ics", feed_views.feed, name="feed"),
    path("actions/<int:pk>/meetings/", given_views.given_in, name="given_in"),
    path("agreed/<str:kind>/<path:key>/", views.agreed, name="agreed"),
    path("bring-up/<str:kind>/<path:key>/", views.bring_up, name="bring_up"),
]
