"""Routes of the site's frame. See test_access.py."""

ROUTES = {
    "home": {"get": ("login", 302), "post": ("login", 302)},
    "alive": {"get": (200, 200), "post": (200, 200)},
    "set_language": {"get": (302, 302), "post": (302, 302), "data": {"language": "en"}},
}
