"""Addresses of cases."""

from __future__ import annotations

from django.urls import path

from balm.web.cases import doing, low_views, rule_views, time_views, views

app_name = "cases"

urlpatterns = [
    path("cases/", views.queue, name="queue"),
    path("cases/mine/", views.mine, name="mine"),
    path("cases/take/", doing.take, name="take"),
    path("cases/give/", doing.give, name="give"),
    path("cases/new/", views.new, name="new"),
    path("cases/report/", views.report, name="report"),
    path("cases/low-scores/", low_views.index, name="low_scores"),
    path("cases/low-scores/read/", low_views.read, name="low_score_read"),
    path("cases/rules/", rule_views.rules, name="rules"),
    path("cases/rules/try/", rule_views.trial, name="trial"),
    path("cases/rules/again/", rule_views.look_again, name="look_again"),
    path("cases/rules/new/", rule_views.rule_new, name="rule_new"),
    path("cases/rules/<int:pk>/", rule_views.rule, name="rule"),
    path("cases/rules/<int:pk>/move/", rule_views.rule_move, name="rule_move"),
    path("cases/macros/", rule_views.macros, name="macros"),
    path("cases/macros/<int:pk>/", rule_views.macro, name="macro"),
    path("cases/times/", time_views.times, name="times"),
    path("cases/times/desk/", time_views.desk_form, name="desk"),
    path("cases/times/new/", time_views.policy_new, name="policy_new"),
    path("cases/times/<int:pk>/", time_views.policy, name="policy"),
    path("cases/<int:number>/", views.one, name="one"),
    path("cases/<int:number>/do/", doing.act, name="act"),
    path("cases/<int:number>/reply/", doing.reply, name="reply"),
]
