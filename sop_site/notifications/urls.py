from django.urls import path

from sop_site.notifications import views
from sop_site.notifications.views import administration

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.notifications, name="list"),
    path("notifications/bell/", views.bell, name="bell"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<int:pk>/", views.open_page, name="open"),
    path("notifications/<int:pk>/read/", views.read, name="read"),
    path("notifications/settings/", views.settings_page, name="settings"),
    path("notifications/settings/new-links/", views.new_links, name="new_links"),
    path("notifications/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("messages/", administration.outbox, name="outbox"),
    path("messages/<int:pk>/send-again/", administration.send_again, name="send_again"),
    path("messages/channels/", administration.channels, name="channels"),
    path("messages/channels/new/", administration.channel_new, name="channel_new"),
    path("messages/channels/<int:pk>/", administration.channel, name="channel"),
    path("messages/channels/<int:pk>/try/", administration.channel_try, name="channel_try"),
]
