"""Addresses. Each app lists its own; pages of a workspace start with /w/<slug>/."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

from balm.web.site import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.alive, name="alive"),
    path("language/", set_language, name="set_language"),
    path("account/", include("balm.web.people.account_urls")),
    path("", include("balm.web.people.urls")),
    path("w/<slug:slug>/", include("balm.web.painpoints.urls")),
    path("w/<slug:slug>/", include("balm.web.feedback.urls")),
    path("w/<slug:slug>/", include("balm.web.customers.urls")),
    path("w/<slug:slug>/", include("balm.web.codebook.urls")),
    path("w/<slug:slug>/", include("balm.web.jobs.urls")),
    path("w/<slug:slug>/", include("balm.web.deliveries.urls")),
    path("w/<slug:slug>/", include("balm.web.cases.urls")),
    path("w/<slug:slug>/", include("balm.web.plans.urls")),
    path("w/<slug:slug>/", include("balm.web.experiments.urls")),
    path("w/<slug:slug>/", include("balm.web.reports.urls")),
    path("ask/", include("balm.web.asks.urls")),
    path("said/", include("balm.web.reports.public_urls")),
    path("v1/", include("balm.web.api.urls")),
]

handler400 = "balm.web.site.views.bad_request"
handler403 = "balm.web.site.views.forbidden"
handler404 = "balm.web.site.views.not_found"
handler500 = "balm.web.site.views.broken"
