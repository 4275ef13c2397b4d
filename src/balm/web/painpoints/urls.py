"""Addresses. Themes are named by their id, after `of/`, so that none can hide a page."""

from __future__ import annotations

from django.urls import path

from balm.web.painpoints import changes, views

app_name = "painpoints"
urlpatterns = [
    path("", views.home, name="home"),
    path("painpoints/", views.index, name="list"),
    path("painpoints/bulk/", changes.bulk, name="bulk"),
    path("painpoints/views/", changes.save_view, name="save_view"),
    path("painpoints/views/<int:pk>/delete/", changes.delete_view, name="delete_view"),
    path("painpoints/of/<str:theme>/", views.one, name="one"),
    path("painpoints/of/<str:theme>/judge/", views.judge, name="judge"),
    path("painpoints/of/<str:theme>/judge/<str:what>/", changes.judge, name="judge_save"),
    path("painpoints/of/<str:theme>/assign/", changes.assign, name="assign"),
    path("painpoints/of/<str:theme>/archive/", changes.archive, name="archive"),
    path("painpoints/of/<str:theme>/restore/", changes.restore, name="restore"),
    path("painpoints/of/<str:theme>/notes/", changes.note, name="note"),
    path("painpoints/of/<str:theme>/notes/<int:pk>/", changes.change_note, name="change_note"),
    path("painpoints/of/<str:theme>/moscow/", changes.moscow, name="moscow"),
    path("painpoints/of/<str:theme>/vote/", changes.vote, name="vote"),
    path("priorities/", views.priorities, name="priorities"),
    path("priorities/move/", changes.move, name="move"),
]
