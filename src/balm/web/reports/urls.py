"""Addresses of reports."""

from __future__ import annotations

from django.urls import path

from balm.web.reports import views

app_name = "reports"

urlpatterns = [
    path("reports/", views.index, name="list"),
    path("reports/slides.pptx", views.slides, name="deck"),
    path("reports/tables.xlsx", views.sheets, name="sheets"),
    path("reports/pain-points.csv", views.table, name="table"),
    path("reports/executive/", views.executive, name="executive"),
    path("reports/month/", views.month, name="month"),
    path("reports/story/<str:theme>/", views.story, name="story"),
    path("reports/said/", views.said, name="said"),
    path("reports/said/page/", views.said_page, name="said_page"),
    path("reports/said/<int:check>/", views.said_write, name="said_write"),
    path("reports/said/entry/<int:pk>/", views.said_publish, name="said_publish"),
]
