"""The model: a linear one, which learns from what it took for harmful in harmless skills."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

SPREAD = 10.0
"""Added to the number of features over which a score is averaged."""

STRENGTH = 0.3
"""How closely the weights may follow the texts (the inverse of the L2 penalty)."""

HARMLESS = 0.5
"""How much a passage of a harmless skill counts, beside 1 for a text of ours."""

BAG = 20
"""Passages of a bad text for each of which one more is taken for harmful."""

BEGINNING = 40_000
HARD = 20_000
ROUNDS = 3


class Model(NamedTuple):
    """Weights by feature, and what is added to every score."""

    weights: np.ndarray
    bias: float

    def score(self, rows: sparse.csr_matrix) -> np.ndarray:
        """Return the scores of rows; above 0 is harm."""
        return rows @ self.weights + self.bias


def fitted(rows: sparse.csr_matrix, harm: np.ndarray, weight: np.ndarray) -> Model:
    """Return the model of some rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = LinearSVC(C=STRENGTH, max_iter=80, intercept_scaling=3, random_state=1).fit(rows, harm, weight)
    return Model(found.coef_[0].astype(np.float32), float(found.intercept_[0]))


class Cases(NamedTuple):
    """Rows of texts of which only the whole has a label.

    ``bags`` are the rows of each bad text, ``fine`` those of good ones.
    """

    rows: sparse.csr_matrix
    bags: list[np.ndarray]
    fine: np.ndarray


def trained(rows: sparse.csr_matrix, harm: np.ndarray, harmless: sparse.csr_matrix, cases: Cases) -> Model:
    """Return a model of texts with a known label, harmless passages, and cases.

    Each round takes the harmless passages that the last model was most wrong about, and the likeliest ones of each bag.
    """
    generator = np.random.default_rng(1)
    picked = generator.choice(harmless.shape[0], min(BEGINNING, harmless.shape[0]), replace=False)
    chosen = np.array([], int)
    for number in range(ROUNDS + 1):
        all_rows = sparse.vstack([rows, cases.rows[cases.fine], cases.rows[chosen], harmless[picked]]).tocsr()
        labels = np.concatenate([harm, np.zeros(len(cases.fine)), np.ones(len(chosen)), np.zeros(len(picked))])
        sure = len(labels) - len(picked)
        model = fitted(all_rows, labels, np.concatenate([np.ones(sure), np.full(len(picked), HARMLESS)]))
        if number < ROUNDS:
            wrong = np.argpartition(-(harmless @ model.weights), min(HARD, harmless.shape[0] - 1))[:HARD]
            picked = np.unique(np.concatenate([picked, wrong]))
            chosen = likeliest(cases.rows @ model.weights, cases.bags)
    return model


def likeliest(scores: np.ndarray, bags: list[np.ndarray]) -> np.ndarray:
    """Return the rows of each bag that score most: one, and another for each `BAG` rows."""
    picked = [bag[np.argsort(-scores[bag])[: 1 + len(bag) // BAG]] for bag in bags]
    return np.concatenate(picked) if picked else np.array([], int)


def folds(kinds: list[str], count: int) -> np.ndarray:
    """Return a fold for each text; those of one kind, harmful ones and their near misses, share one."""
    names = sorted(set(kinds) - {"ordinary"})
    order = np.random.default_rng(1).permutation(len(names))
    of_kind = {names[index]: position % count for position, index in enumerate(order)}
    return np.array([of_kind.get(kind, number % count) for number, kind in enumerate(kinds)])


def calibrated(scores: np.ndarray, harm: np.ndarray) -> tuple[float, float]:
    """Return slope and offset that make probabilities of scores of texts the model has not seen (Platt)."""
    found = LogisticRegression(C=1e3).fit(scores.reshape(-1, 1), harm)
    return float(found.coef_[0][0]), float(found.intercept_[0])
