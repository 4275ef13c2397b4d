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


def linear(job: Job) -> list[list[int]]:
    """A supervised baseline: TF-IDF of n-grams and a linear model. `job["splits"]`: pairs of places to learn from and
    to judge; an answer for each. Characters 1-3 of Chinese, words 1-2 of English."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    texts, labels = np.array(job["texts"], object), np.array(job["labels"])
    grams = {"analyzer": "char", "ngram_range": (1, 3)} if job["language"] == "zh" else {"ngram_range": (1, 2)}
    answers = []
    for learn, judge in job["splits"]:
        vectorizer = TfidfVectorizer(**grams, min_df=2, sublinear_tf=True)
        x = vectorizer.fit_transform(texts[learn])
        logistic = job["model"] == "logistic"
        model = LogisticRegression(C=10, max_iter=1000) if logistic else LinearSVC(C=0.5)
        model.fit(x, labels[learn])
        answers.append(model.predict(vectorizer.transform(texts[judge])).tolist())
    return answers
