"""Identifiers of persons in text, replaced by typed placeholders before anything is kept.

Public numbers stay: short service numbers (10086, 12315), 400 and 800 numbers, toll-free numbers. So do handles
(@somebody), which mostly name the company spoken to, names that the caller does not list, and network addresses.
"""

from balm.understand.redact.engine import KINDS, Redacted, Span, redact, redact_key, to_original

__all__ = ["KINDS", "Redacted", "Span", "redact", "redact_key", "to_original"]
