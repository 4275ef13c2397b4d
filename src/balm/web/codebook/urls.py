"""Addresses. Themes are named by their id, after `of/`, so that none can hide a page."""

from __future__ import annotations

from django.urls import path

from balm.web.codebook import changes, coding_views, combine, previews, teaching, views

app_name = "codebook"
urlpatterns = [
    path("codebook/", views.index, name="tree"),
    path("codebook/new/theme/", changes.new_theme, name="new_theme"),
    path("codebook/new/group/", changes.new_group, name="new_group"),
    path("codebook/merge/", combine.merge, name="merge"),
    path("codebook/split/", combine.split, name="split"),
    path("codebook/group/<str:group>/rename/", changes.rename_group, name="rename_group"),
    path("codebook/proposals/<str:theme>/accept/", changes.accept, name="accept"),
    path("codebook/proposals/<str:theme>/dismiss/", changes.dismiss, name="dismiss"),
    path("codebook/of/<str:theme>/", views.theme, name="theme"),
    path("codebook/of/<str:theme>/rename/", changes.rename, name="rename"),
    path("codebook/of/<str:theme>/define/", changes.define, name="define"),
    path("codebook/of/<str:theme>/move/", changes.move, name="move"),
    path("codebook/of/<str:theme>/phrases/", changes.phrases, name="phrases"),
    path("codebook/of/<str:theme>/phrases/remove/", changes.remove_phrases, name="remove_phrases"),
    path("codebook/of/<str:theme>/teach/", teaching.teach, name="teach"),
    path("codebook/of/<str:theme>/examples/", changes.examples, name="examples"),
    path("codebook/of/<str:theme>/archive/", changes.archive, name="archive"),
    path("codebook/of/<str:theme>/restore/", changes.restore, name="restore"),
    path("codebook/preview/<int:pk>/", previews.preview, name="preview"),
    path("codebook/preview/<int:pk>/progress/", previews.progress, name="progress"),
    path("codebook/preview/<int:pk>/apply/", previews.apply, name="apply"),
    path("codebook/preview/<int:pk>/again/", previews.again, name="again"),
    path("codebook/preview/<int:pk>/discard/", previews.discard, name="discard"),
    path("codebook/versions/", views.versions, name="versions"),
    path("codebook/versions/<int:number>/", views.version, name="version"),
    path("codebook/versions/<int:number>/restated/", views.restated_part, name="restated"),
    path("codebook/versions/<int:number>/undo/", previews.undo, name="undo"),
    path("codebook/agreement/", coding_views.index, name="agreement"),
    path("codebook/agreement/draw/", coding_views.draw, name="draw"),
    path("codebook/agreement/<int:pk>/", coding_views.results, name="sample"),
    path("codebook/agreement/<int:pk>/code/", coding_views.code, name="code"),
    path("codebook/agreement/<int:pk>/close/", coding_views.close, name="close"),
    path("codebook/agreement/<int:pk>/export/", coding_views.export, name="export"),
]
