"""Addresses that customers open."""

from __future__ import annotations

from django.urls import path

from balm.web.reports import views

app_name = "said"

urlpatterns = [path("<slug:slug>/", views.public, name="page")]
