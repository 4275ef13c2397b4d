"""The supervised baseline for sentiment. Imported by run.py alone."""

from __future__ import annotations

from typing import Any

Job = dict[str, Any]

GRAMS: dict[str, dict[str, Any]] = {
    "characters 1-3": {"analyzer": "char", "ngram_range": (1, 3)},
    "words 1-2": {"ngram_range": (1, 2)},
    "characters 2-5 in words": {"analyzer": "char_wb", "ngram_range": (2, 5)},
}


def linear(job: Job) -> list[list[int]]:
    """TF-IDF of n-grams (`job["grams"]`, a key of `GRAMS`) and a linear model (`job["model"]`). `job["splits"]`: pairs
    of places to learn from and to judge; an answer for each."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    texts, labels = np.array(job["texts"], object), np.array(job["labels"])
    answers = []
    for learn, judge in job["splits"]:
        vectorizer = TfidfVectorizer(**GRAMS[job["grams"]], min_df=2, sublinear_tf=True)
        x = vectorizer.fit_transform(texts[learn])
        logistic = job["model"] == "logistic regression"
        model = LogisticRegression(C=10, max_iter=1000) if logistic else LinearSVC(C=0.5)
        model.fit(x, labels[learn])
        answers.append(model.predict(vectorizer.transform(texts[judge])).tolist())
    return answers
