"""Routes for customers: the link is the key, whoever opens it. See test_access.py."""

ROUTES = {
    "asks:ask": {"kwargs": {"token": "$token"}, "get": (200, 200), "post": (302, 302), "data": {"answer": "yes"}},
    "asks:stop": {"kwargs": {"token": "$stop"}, "get": (200, 200), "post": (200, 200)},
}


def prepare(workspace, people):
    """A question to somebody who can be written to."""
    from balm.web.asks import services
    from balm.web.deliveries import contact_services, sealed

    entry = contact_services.Entry("c-1", "one@example.com", "en", "given")
    contact = contact_services.keep(workspace, people["manager"], entry)
    about = {"zh-Hans": "送货迟", "zh-Hant": "送貨遲", "en": "Late delivery"}
    row = services.ask(workspace, "c-1", "case", 1, about=about)
    return {"token": services.token(row), "stop": sealed.stop_token(contact.pk)}
