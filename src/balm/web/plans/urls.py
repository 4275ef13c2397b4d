"""Addresses of plans, loops and the office."""

from __future__ import annotations

from django.urls import path

from balm.web.plans import changes, loop_views, office_views, views

app_name = "plans"

urlpatterns = [
    path("plans/", views.board, name="board"),
    path("plans/move/", changes.move, name="move"),
    path("plans/timeline/", views.timeline, name="timeline"),
    path("plans/new/", views.new, name="new"),
    path("plans/<int:number>/", views.one, name="one"),
    path("plans/<int:number>/edit/", views.edit, name="edit"),
    path("plans/<int:number>/step/", changes.step, name="step"),
    path("plans/<int:number>/roles/", changes.roles, name="roles"),
    path("plans/<int:number>/note/", changes.note, name="note"),
    path("plans/<int:number>/spend/", changes.spend, name="spend"),
    path("plans/<int:number>/tasks/", changes.task_add, name="task_add"),
    path("plans/<int:number>/tasks/<int:pk>/", views.task, name="task"),
    path("plans/<int:number>/tasks/<int:pk>/move/", changes.task_move, name="task_move"),
    path("plans/loops/", loop_views.index, name="loops"),
    path("plans/loops/new/", loop_views.new, name="loop_new"),
    path("plans/loops/<int:pk>/", loop_views.one, name="loop"),
    path("plans/loops/<int:pk>/edit/", loop_views.edit, name="loop_edit"),
    path("plans/loops/<int:pk>/rest/", loop_views.rest, name="loop_rest"),
    path("plans/loops/<int:pk>/indicators/", loop_views.indicator, name="loop_indicator"),
    path("plans/reviews/<int:pk>/", loop_views.review, name="review"),
    path("plans/reviews/<int:pk>/minutes/", loop_views.hold, name="review_hold"),
    path("office/", office_views.office, name="office"),
    path("office/appoint/", office_views.appoint, name="appoint"),
]
