"""Addresses for programs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from balm.core.version import __version__
from balm.web.api import experiments, imports, painpoints, problems

api = NinjaAPI(
    title="Balm",
    version=__version__,
    description="Send feedback, read what hurts. Every call takes a key: `Authorization: Bearer balm_…`.",
    urls_namespace="api",
    docs_url=None,  # the page that ninja brings loads scripts from elsewhere
    openapi_url="/openapi.json",
)
problems.install(api)
api.add_router("", painpoints.router)
api.add_router("", imports.router)
api.add_router("", experiments.router)


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Programs get an error they can read."""
    return problems.answer(404, "There is nothing at this address; /v1/openapi.json lists what there is.")


urlpatterns = [path("", api.urls), re_path(r"", unknown, name="api_unknown")]
