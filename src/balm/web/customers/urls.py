"""Addresses. Customers are named by their key, after `of/`, so that none can hide a page."""

from __future__ import annotations

from django.urls import path

from balm.web.customers import views
from balm.web.feedback import keys  # noqa: F401  (the converter of that name)

app_name = "customers"
urlpatterns = [
    path("customers/", views.index, name="list"),
    path("customers/alike/", views.alike, name="alike"),
    path("customers/merges/<int:pk>/undo/", views.unmerge, name="unmerge"),
    path("customers/of/<key:key>/", views.one, name="one"),
    path("customers/of/<key:key>/merge/", views.merge, name="merge"),
]
