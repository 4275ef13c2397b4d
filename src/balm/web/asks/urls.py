"""Addresses of asks: for customers, outside any workspace."""

from __future__ import annotations

from django.urls import path

from balm.web.asks import views

app_name = "asks"

urlpatterns = [
    path("stop/<str:token>/", views.stop, name="stop"),
    path("<str:token>/", views.ask, name="ask"),
]
