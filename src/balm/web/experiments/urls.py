"""Addresses of experiments."""

from __future__ import annotations

from django.urls import path

from balm.web.experiments import changes, measuring_views, trial_views, views, writing

app_name = "experiments"

urlpatterns = [
    path("proof/", views.index, name="list"),
    path("proof/ledger/", views.ledger, name="ledger"),
    path("proof/register/", writing.register, name="register"),
    path("proof/checks/<int:pk>/", views.one, name="check"),
    path("proof/checks/<int:pk>/change/", writing.change, name="change"),
    path("proof/checks/<int:pk>/looks/<int:row>/", views.verdict, name="verdict"),
    path("proof/checks/<int:pk>/seal/", changes.seal, name="seal"),
    path("proof/checks/<int:pk>/look/", changes.look, name="look"),
    path("proof/checks/<int:pk>/ask/", changes.ask, name="ask"),
    path("proof/checks/<int:pk>/close/", changes.close, name="close"),
    path("proof/checks/<int:pk>/note/", changes.note, name="note"),
    path("proof/checks/<int:pk>/repeat/", changes.repeat, name="repeat"),
    path("proof/checks/<int:pk>/withdraw/", changes.withdraw, name="withdraw"),
    path("proof/measurements/", measuring_views.index, name="measurements"),
    path("proof/experiments/new/", trial_views.new, name="new_experiment"),
    path("proof/experiments/<slug:key>/", trial_views.one, name="experiment"),
    path("proof/experiments/<slug:key>/start/", trial_views.start, name="start_experiment"),
    path("proof/experiments/<slug:key>/stop/", trial_views.stop, name="stop_experiment"),
]
