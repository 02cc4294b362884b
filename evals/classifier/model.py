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

STRENGTH = 1.0
"""How closely the weights may follow the texts (the inverse of the L2 penalty)."""

HARMLESS = 0.5
"""How much a passage of a harmless skill counts, beside 1 for a text of ours."""

BEGINNING = 15_000
HARD = 8_000
ROUNDS = 2


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


def trained(
    rows: sparse.csr_matrix,
    harm: np.ndarray,
    harmless: sparse.csr_matrix,
    bags: list[np.ndarray],
    cases: sparse.csr_matrix,
) -> Model:
    """Return a model of texts with a known label, harmless passages, and bags of which one passage each is harmful.

    ``bags`` are the rows of ``cases`` that belong to one bad case. Each round takes the harmless passages that the last
    model was most wrong about, and the likeliest passage of each bag.
    """
    generator = np.random.default_rng(1)
    picked = generator.choice(harmless.shape[0], min(BEGINNING, harmless.shape[0]), replace=False)
    chosen = np.array([], int)
    for number in range(ROUNDS + 1):
        all_rows = sparse.vstack([rows, cases[chosen], harmless[picked]]).tocsr()
        labels = np.concatenate([harm, np.ones(len(chosen)), np.zeros(len(picked))])
        weight = np.concatenate([np.ones(len(harm) + len(chosen)), np.full(len(picked), HARMLESS)])
        model = fitted(all_rows, labels, weight)
        if number < ROUNDS:
            wrong = np.argpartition(-(harmless @ model.weights), min(HARD, harmless.shape[0] - 1))[:HARD]
            picked = np.unique(np.concatenate([picked, wrong]))
            scores = cases @ model.weights if len(bags) else np.array([])
            chosen = np.array([bag[np.argmax(scores[bag])] for bag in bags], int)
    return model


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
