"""Pages of contacts: how customers can be reached, and whether they agreed."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balm.web.deliveries import contact_files as files
from balm.web.deliveries import contact_services as services
from balm.web.deliveries import sealed, selectors
from balm.web.deliveries.contact_services import BadContact, Entry
from balm.web.deliveries.forms import Columns, ContactForm, problem
from balm.web.deliveries.models import Consent, Contact, ContactFile
from balm.web.feedback.upload import ENVELOPE, clean_name
from balm.web.people.doors import MemberRequest, door

PER_PAGE = 50


@door("contact", "read")
@require_safe
def contacts(request: MemberRequest) -> HttpResponse:
    """Customers and how they can be reached, addresses masked."""
    search = request.GET.get("q", "").replace("\0", "").strip()[:254]
    consent = request.GET.get("consent", "")
    consent = consent if consent in Consent.values else ""
    page = Paginator(selectors.contacts(request.workspace, search, consent), PER_PAGE).get_page(request.GET.get("page"))
    counts = selectors.consents(request.workspace)
    context = {
        "page": page,
        "search": search,
        "consent": consent,
        "counts": [(value, label, counts.get(value, 0)) for value, label in Consent.choices],
        "total": sum(counts.values()),
        "files": selectors.files(request.workspace)[:5],
        "tab": "contacts",
    }
    return render(request, "deliveries/contacts.html", context)


@door("contact", "change")
@require_http_methods(["GET", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """Add a contact by hand."""
    form = ContactForm(request.POST or None, initial={"customer": request.GET.get("customer", "")[:200]})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        entry = Entry(data["customer"], data["email"], data["language"], data["consent"], data["source"])
        try:
            row = services.keep(request.workspace, request.user, entry)
        except BadContact as bad:
            form.add_error("email" if "address" in str(bad) else "customer", problem(str(bad)))
        else:
            messages.success(request, _("Saved."))
            return redirect("deliveries:contact", request.workspace.slug, row.pk)
    context = {"form": form, "tab": "contacts"}
    return render(request, "deliveries/contact_new.html", context, status=400 if request.method == "POST" else 200)


@door("contact", "change")
@require_http_methods(["GET", "POST"])
def one(request: MemberRequest, pk: int) -> HttpResponse:
    """Change a contact."""
    row = _found(request, pk)
    initial = {"language": row.language, "consent": row.consent, "source": row.consent_source}
    form = ContactForm(request.POST or None, there=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change(request.workspace, request.user, pk, **form.cleaned_data)
        except BadContact as bad:
            form.add_error("email", problem(str(bad)))
        else:
            messages.success(request, _("Saved."))
            return redirect("deliveries:contact", request.workspace.slug, pk)
    return _one(request, row, form, status=400 if request.method == "POST" else 200)


def _one(
    request: MemberRequest, row: Contact, form: ContactForm, *, address: str = "", status: int = 200
) -> HttpResponse:
    last = selectors.of_customer(request.workspace, row.customer, 10) if request.can["delivery"]["read"] else []
    context = {"row": row, "form": form, "address": address, "last": last, "tab": "contacts"}
    return render(request, "deliveries/contact.html", context, status=status)


def _found(request: MemberRequest, pk: int) -> Contact:
    row = Contact.objects.filter(workspace=request.workspace, pk=pk).first()
    if row is None:
        raise Http404("no such contact")
    return row


@door("contact", "change")
@never_cache
@require_POST
def reveal(request: MemberRequest, pk: int) -> HttpResponse:
    """The whole address; that somebody looked is written down."""
    _found(request, pk)
    try:
        row, address = services.reveal(request.workspace, request.user, pk)
    except sealed.Unreadable:
        messages.error(request, _("This address was sealed with another key and cannot be read."))
        return redirect("deliveries:contact", request.workspace.slug, pk)
    initial = {"language": row.language, "consent": row.consent, "source": row.consent_source}
    return _one(request, row, ContactForm(there=row, initial=initial), address=address)


@door("contact", "change")
@require_POST
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Forget an address."""
    _found(request, pk)
    services.remove(request.workspace, request.user, pk)
    messages.success(request, _("The contact was removed."))
    return redirect("deliveries:contacts", request.workspace.slug)


class _InMemory(FileUploadHandler):
    """Takes one small file; `too_large`: it was more than may come."""

    too_large = False
    _data: io.BytesIO | None = None

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, *args, **kwargs)
        if field_name != "file" or self._data is not None:
            raise SkipFile
        self._data = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > files.LIMIT:
            self.too_large = True
            raise StopUpload(connection_reset=False)
        if self._data is not None:
            self._data.write(raw_data)

    def file_complete(self, file_size: int) -> SimpleUploadedFile:
        return SimpleUploadedFile(self.file_name or "", self._data.getvalue() if self._data else b"")


@csrf_exempt  # only so that the handler of the file can be put in before the body is read; `_receive` checks it
@require_http_methods(["GET", "POST"])
@door("contact", "change")
def upload(request: MemberRequest) -> HttpResponse:
    """Take a file of contacts in."""
    if request.method == "GET":
        return _upload(request)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > files.LIMIT + ENVELOPE:
        return _upload(request, "file_large", 413)
    handler = _InMemory(request)
    request.upload_handlers = [handler]
    return csrf_protect(_receive)(request, handler)


def _receive(request: MemberRequest, handler: _InMemory) -> HttpResponse:
    sent = request.FILES.get("file")
    if handler.too_large:
        return _upload(request, "file_large", 413)
    if sent is None:
        return _upload(request, "file_none", 400)
    try:
        row = files.keep(request.workspace, request.user, clean_name(sent.name or ""), sent.read())
    except files.BadFile as bad:
        return _upload(request, str(bad), 422)
    return redirect("deliveries:contact_file", request.workspace.slug, row.pk)


def _upload(request: MemberRequest, code: str = "", status: int = 200) -> HttpResponse:
    context = {"problem": problem(code) if code else "", "limit": files.LIMIT, "tab": "contacts"}
    return render(request, "deliveries/contact_upload.html", context, status=status)


@door("contact", "change")
@require_http_methods(["GET", "POST"])
def file(request: MemberRequest, pk: int) -> HttpResponse:
    """Choose the columns of a file; afterwards, what became of its rows."""
    row = ContactFile.objects.select_related("workspace").filter(workspace=request.workspace, pk=pk).first()
    if row is None:
        raise Http404("no such file")
    if row.state == ContactFile.State.DONE:
        refused = Paginator(row.refused_rows.all(), PER_PAGE).get_page(request.GET.get("page"))
        shown = [(line, problem(reason), cells) for line, reason, cells in files.opened(row, refused)]
        reasons = [(problem(reason), n) for reason, n in sorted(row.refused.items())]
        context = {"row": row, "refused": shown, "page": refused, "reasons": reasons, "tab": "contacts"}
        return render(request, "deliveries/contact_file_done.html", context)
    try:
        sheet = files.sheet_of(row)
    except files.BadFile as bad:
        return _upload(request, str(bad), 410)
    initial = {name: "" if at is None else str(at) for name, at in row.mapping.items()}
    form = Columns(request.POST or None, names=row.columns, initial=initial)
    if request.method == "POST" and form.is_valid():
        files.read(row, request.user, form.mapping)
        return redirect("deliveries:contact_file", request.workspace.slug, pk)
    context = {"row": row, "form": form, "names": sheet.names, "sample": sheet.rows[:5], "tab": "contacts"}
    return render(request, "deliveries/contact_file.html", context, status=400 if request.method == "POST" else 200)
