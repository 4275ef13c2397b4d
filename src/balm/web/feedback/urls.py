"""Addresses. Comments are named by their id, after `of/`, so that none can hide a page."""

from __future__ import annotations

from django.urls import path

from balm.web.feedback import imports_views, keys, views  # noqa: F401  (keys: the converter of that name)

app_name = "feedback"
urlpatterns = [
    path("feedback/", views.index, name="list"),
    path("feedback/facets/", views.facets, name="facets"),
    path("feedback/export/", views.export, name="export"),
    path("feedback/recode/", views.recode, name="recode"),
    path("feedback/recode/<int:pk>/undo/", views.undo, name="undo_recode"),
    path("feedback/views/", views.save_view, name="save_view"),
    path("feedback/views/<int:pk>/delete/", views.delete_view, name="delete_view"),
    path("feedback/of/<key:feedback_id>/", views.one, name="one"),
    path("feedback/of/<key:feedback_id>/original/", views.original, name="original"),
    path("imports/", imports_views.imports, name="imports"),
    path("imports/new/", imports_views.import_new, name="import_new"),
    path("imports/<int:pk>/", imports_views.import_one, name="import_one"),
    path("imports/<int:pk>/effect/", imports_views.import_effect, name="import_effect"),
    path("imports/<int:pk>/look/", imports_views.import_look, name="import_look"),
    path("imports/<int:pk>/start/", imports_views.import_start, name="import_start"),
    path("imports/<int:pk>/progress/", imports_views.import_progress, name="import_progress"),
    path("imports/<int:pk>/rejected/", imports_views.import_rejected, name="import_rejected"),
    path("imports/<int:pk>/rejected.<str:ending>", imports_views.import_rejected_file, name="import_rejected_file"),
    path("imports/<int:pk>/take-back/", imports_views.import_take_back, name="import_take_back"),
    path("imports/<int:pk>/discard/", imports_views.import_discard, name="import_discard"),
]
