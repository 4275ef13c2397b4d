"""Peers that tell praise from blame. Imported by run.py alone."""

from __future__ import annotations

from typing import Any

Job = dict[str, Any]


def vader(job: Job) -> list[float]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return [analyzer.polarity_scores(t)["compound"] for t in job["texts"]]


def textblob(job: Job) -> list[float]:
    from textblob import TextBlob

    return [TextBlob(t).sentiment.polarity for t in job["texts"]]


def snownlp(job: Job) -> list[float]:
    from snownlp import SnowNLP

    return [2 * SnowNLP(t).sentiments - 1 if t.strip() else 0.0 for t in job["texts"]]
