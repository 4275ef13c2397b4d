"""What the values of a mention are called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SENTIMENT: dict[str, Any] = {
    "negative": _("Negative"),
    "neutral": _("Neutral"),
    "positive": _("Positive"),
}
SENTIMENT_ICONS = {"negative": "trending-down", "neutral": "minus", "positive": "thumb-up"}
LANGUAGE: dict[str, Any] = {
    "zh-Hans": _("Simplified Chinese"),
    "zh-Hant": _("Traditional Chinese"),
    "en": _("English"),
    "mixed": pgettext_lazy("language", "Mixed"),
    "other": pgettext_lazy("language", "Other"),
}
EMOTION: dict[str, Any] = {
    "none": _("No emotion shown"),
    "frustration": _("Frustration"),
    "anger": _("Anger"),
    "disappointment": _("Disappointment"),
    "anxiety": _("Anxiety"),
    "neglect": _("Feeling neglected"),
    "helplessness": _("Helplessness"),
    "joy": _("Joy"),
    "gratitude": _("Gratitude"),
    "trust": _("Trust"),
}
KIND: dict[str, Any] = {
    "process": pgettext_lazy("pain", "Process"),
    "product": pgettext_lazy("pain", "Product"),
    "communication": pgettext_lazy("pain", "Communication"),
    "relationship": pgettext_lazy("pain", "Relationship"),
    "emotion": pgettext_lazy("pain", "Emotion"),
}
TARGET: dict[str, Any] = {
    "person": pgettext_lazy("target", "A person"),
    "process": pgettext_lazy("target", "A process"),
    "policy": pgettext_lazy("target", "A policy"),
    "product": pgettext_lazy("target", "A product"),
    "promise": pgettext_lazy("target", "A promise"),
}
INTENT: dict[str, Any] = {
    "complaint": _("Complaint"),
    "question": _("Question"),
    "suggestion": _("Suggestion"),
    "praise": _("Praise"),
    "leaving": _("Wants to leave"),
    "safety": _("Safety"),
    "legal": _("Legal"),
    "statement": _("Statement"),
}
URGENCY: dict[str, Any] = {
    "urgent": _("Urgent"),
    "soon": _("Soon"),
    "normal": _("No hurry"),
}
ORIGIN: dict[str, Any] = {
    "phrase": _("A phrase of the codebook"),
    "learnt": _("Learnt from the phrases"),
    "discovered": _("Discovered"),
    "by hand": _("By hand"),
}

OF_FIELD: dict[str, dict[str, Any]] = {
    "sentiment": SENTIMENT,
    "language": LANGUAGE,
    "emotion": EMOTION,
    "kind": KIND,
    "target": TARGET,
    "intent": INTENT,
    "urgency": URGENCY,
}
"""Field of a filter → its values and their names."""

FIELDS: dict[str, Any] = {
    "themes": _("Theme"),
    "sentiment": _("Sentiment"),
    "language": _("Language"),
    "emotion": _("Emotion"),
    "kind": _("Kind of pain"),
    "target": _("About"),
    "intent": _("Intent"),
    "urgency": _("Urgency"),
    "sources": _("File"),
    "imports": _("Import"),
    "score": _("Score"),
    "time": _("Date"),
    "customer": _("Customer"),
    "text": _("Words"),
}
"""What the fields of a filter are called."""
