"""Addresses."""

from __future__ import annotations

from django.urls import path

from balm.web.jobs import views

app_name = "jobs"
urlpatterns = [
    path("settings/health", views.health, name="health"),
    path("settings/health/<uuid:pk>/retry", views.retry, name="retry"),
    path("settings/health/<uuid:pk>/cancel", views.cancel, name="cancel"),
    path("progress", views.progress, name="progress"),
]
