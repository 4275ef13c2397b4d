"""Addresses."""

from __future__ import annotations

from django.urls import path

from balm.web.people import views

app_name = "people"
urlpatterns = [
    path("me/language", views.language, name="language"),
]
