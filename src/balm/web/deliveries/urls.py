"""Addresses of deliveries."""

from __future__ import annotations

from django.urls import path

from balm.web.deliveries import channel_views, contact_views, views

app_name = "deliveries"

urlpatterns = [
    path("deliveries/", views.index, name="list"),
    path("deliveries/of/<int:pk>/", views.one, name="one"),
    path("deliveries/of/<int:pk>/resend/", views.resend, name="resend"),
    path("deliveries/of/<int:pk>/dismiss/", views.dismiss, name="dismiss"),
    path("deliveries/settings/", views.office, name="office"),
    path("deliveries/channels/", channel_views.channels, name="channels"),
    path("deliveries/channels/new/<str:kind>/", channel_views.new, name="channel_new"),
    path("deliveries/channels/of/<int:pk>/", channel_views.one, name="channel"),
    path("deliveries/channels/of/<int:pk>/test/", channel_views.test, name="channel_test"),
    path("deliveries/channels/of/<int:pk>/rotate/", channel_views.rotate, name="channel_rotate"),
    path("deliveries/channels/of/<int:pk>/switch/", channel_views.switch, name="channel_switch"),
    path("deliveries/channels/of/<int:pk>/remove/", channel_views.remove, name="channel_remove"),
    path("deliveries/contacts/", contact_views.contacts, name="contacts"),
    path("deliveries/contacts/new/", contact_views.new, name="contact_new"),
    path("deliveries/contacts/of/<int:pk>/", contact_views.one, name="contact"),
    path("deliveries/contacts/of/<int:pk>/address/", contact_views.reveal, name="contact_reveal"),
    path("deliveries/contacts/of/<int:pk>/remove/", contact_views.remove, name="contact_remove"),
    path("deliveries/contacts/files/", contact_views.upload, name="contact_upload"),
    path("deliveries/contacts/files/<int:pk>/", contact_views.file, name="contact_file"),
]
