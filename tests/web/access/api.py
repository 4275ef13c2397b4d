"""Routes for programs: a session opens none of them. Keys are tried in tests/web/api. See test_access.py."""

NO_KEY = (401, 401)

ROUTES = {
    "api:openapi-json": {"get": (200, 200), "post": (200, 200)},
    "api:api-root": {"get": (404, 404), "post": (404, 404)},
    "api:pain_points": {"get": NO_KEY},
    "api:pain_point": {"kwargs": {"theme_id": "any"}, "get": NO_KEY},
    "api:import_file": {"post": NO_KEY},
    "api:one_import": {"kwargs": {"import_id": "1"}, "get": NO_KEY},
    "api:measurements": {"post": NO_KEY},
    "api:assignment": {"kwargs": {"key": "any"}, "get": NO_KEY, "post": NO_KEY},
    "api:assignments": {"kwargs": {"key": "any"}, "get": NO_KEY, "post": NO_KEY},
    "api:exposures": {"kwargs": {"key": "any"}, "post": NO_KEY},
    "api:outcomes": {"kwargs": {"key": "any"}, "post": NO_KEY},
    "api_unknown": {"get": (404, 404), "post": (404, 404)},
}
