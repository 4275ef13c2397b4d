"""Customers as persons: merged keys are one, with one address, one language and one answer to "may we write?"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from balm.core.decisions import Decisions
from balm.web.customers.selectors import aliases
from balm.web.deliveries import hours
from balm.web.deliveries.models import Consent, Contact, Office
from balm.web.people.models import Workspace

_CHUNK = 500


@dataclass
class Persons:
    """The persons behind some customer keys, and how each can be reached."""

    workspace: Workspace
    _into: Decisions
    _keys: dict[str, list[str]] = field(default_factory=dict)  # person → her keys, where there are several
    _contacts: dict[str, list[Contact]] = field(default_factory=dict)  # person → rows

    @cached_property
    def office(self) -> Office:
        """How the workspace writes to them."""
        return hours.office(self.workspace)

    def person(self, key: str) -> str:
        """The key the customer is counted as."""
        return self._into.customer(key)

    def keys(self, person: str) -> list[str]:
        return self._keys.get(person, [person])

    def contact(self, person: str) -> Contact | None:
        """The row to write to: her own, or else of her keys the one that was changed last."""
        found = self._contacts.get(person, [])
        return min(found, key=lambda row: (row.customer != person, -row.changed.timestamp()), default=None)

    def digests(self) -> set[str]:
        """Of every address of these persons."""
        return {row.digest for rows in self._contacts.values() for row in rows}

    def consent(self, person: str) -> str:
        """Who refused by one of her keys refused; who agreed by one agreed."""
        said = {row.consent for row in self._contacts.get(person, [])}
        for each in (Consent.REFUSED, Consent.GIVEN):
            if each in said:
                return each.value
        return Consent.UNKNOWN.value


def known(workspace: Workspace, customers: Iterable[str]) -> Persons:
    """The persons behind these keys, with their contacts."""
    into = aliases(workspace)
    found = Persons(workspace, Decisions(customers=into))
    for key, person in into.items():
        found._keys.setdefault(person, [person]).append(key)
    keys = list(dict.fromkeys(each for key in customers for each in found.keys(found.person(key))))
    for start in range(0, len(keys), _CHUNK):
        for row in Contact.objects.filter(workspace=workspace, customer__in=keys[start : start + _CHUNK]):
            found._contacts.setdefault(found.person(row.customer), []).append(row)
    return found
