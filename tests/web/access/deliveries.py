"""Routes of deliveries. See test_access.py."""

MEET = "owner manager analyst front_line"
WORK = "owner manager analyst"
LEAD = "owner manager"
DELIVERY, CHANNEL, CONTACT, FILE = {"pk": "$delivery"}, {"pk": "$channel"}, {"pk": "$contact"}, {"pk": "$file"}
CHAT = {"name": "Chat", "address": "https://hooks.slack.com/services/T/B/x", "language": "en", "events": "plan.landed"}

ROUTES = {
    "deliveries:list": {"roles": WORK, "get": 200},
    "deliveries:one": {"roles": WORK, "kwargs": DELIVERY, "get": 200},
    "deliveries:resend": {"roles": LEAD, "kwargs": DELIVERY, "post": {}},
    "deliveries:dismiss": {"roles": LEAD, "kwargs": DELIVERY, "post": {}},
    "deliveries:office": {"roles": LEAD, "get": 200, "post": {"sender": "Lamps"}},
    "deliveries:channels": {"roles": WORK, "get": 200},
    "deliveries:channel_new": {"roles": LEAD, "kwargs": {"kind": "slack"}, "get": 200, "post": CHAT, "foreign": None},
    "deliveries:channel": {"roles": LEAD, "kwargs": CHANNEL, "get": 200, "post": CHAT | {"address": ""}},
    "deliveries:channel_test": {"roles": LEAD, "kwargs": CHANNEL, "post": {}},
    "deliveries:channel_rotate": {"roles": LEAD, "kwargs": CHANNEL, "post": {}},
    "deliveries:channel_switch": {"roles": LEAD, "kwargs": CHANNEL, "post": {"on": "0"}},
    "deliveries:channel_remove": {"roles": LEAD, "kwargs": CHANNEL, "post": {}},
    "deliveries:contacts": {"roles": MEET, "get": 200},
    "deliveries:contact_new": {
        "roles": WORK,
        "get": 200,
        "post": {"customer": "c-9", "email": "nine@example.com", "consent": "given"},
    },
    "deliveries:contact": {"roles": WORK, "kwargs": CONTACT, "get": 200, "post": {"consent": "refused"}},
    "deliveries:contact_reveal": {"roles": WORK, "kwargs": CONTACT, "post": {}},
    "deliveries:contact_remove": {"roles": WORK, "kwargs": CONTACT, "post": {}},
    "deliveries:contact_upload": {"roles": WORK, "get": 200, "post": {}, "done": 400},
    "deliveries:contact_file": {
        "roles": WORK,
        "kwargs": FILE,
        "get": 200,
        "post": {"customer": "0", "email": "1"},
    },
}


def prepare(workspace, people):
    """A dead letter, a webhook, a contact and a file of contacts."""
    from balm.web.deliveries import channel_services, contact_files, contact_services
    from balm.web.deliveries.models import Delivery

    boss = people["manager"]
    wish = channel_services.Wish("Program", ["plan.landed"], address="https://example.com/hook")
    channel, _secret = channel_services.add(workspace, boss, "webhook", wish)
    contact = contact_services.keep(workspace, boss, contact_services.Entry("c-1", "one@example.com"))
    file = contact_files.keep(workspace, boss, "a.csv", b"customer,email\nc-2,two@example.com\n")
    letter = Delivery.objects.create(
        workspace=workspace, key="x", purpose="plan.landed", subject="S", state="dead", reason="refused", user=boss
    )
    return {"delivery": letter.pk, "channel": channel.pk, "contact": contact.pk, "file": file.pk}
