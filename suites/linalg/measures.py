"""How far factors are from what they must be, in units of rounding.

Valid factorisations differ, so that entry-by-entry comparison means nothing; these do. Computed
in float64 at least. N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., has
the bounds: chapters 9 (LU), 10 (Cholesky), 19 (QR), 7 (linear systems).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg


def wide(array: np.ndarray) -> np.ndarray:
    """Return the array in float64 at least."""
    return np.asarray(array, dtype=np.result_type(array, np.float64))


def size(matrix: np.ndarray) -> float:
    """Return the infinity norm, the largest row sum of |matrix|."""
    return float(np.abs(matrix).sum(axis=-1).max(initial=0.0))


def residual(a: np.ndarray, product: np.ndarray, eps: float) -> float:
    """Return ``|A - product| / (n eps |A|)``, n the larger dimension of A."""
    a = wide(a)
    return size(a - product) / (max(a.shape) * eps * size(a))


def orthogonality(q: np.ndarray, eps: float) -> float:
    """Return ``|Q^T Q - I|_F / (m eps)`` for Q of m rows."""
    q = wide(q)
    defect = np.linalg.norm(q.T @ q - np.eye(q.shape[1]))
    return float(defect) / (len(q) * eps)


def outside_lower(matrix: np.ndarray) -> float:
    """Return the largest entry above the diagonal, 0 for a lower triangular matrix."""
    return float(np.abs(np.triu(matrix, 1)).max(initial=0.0))


def outside_upper(matrix: np.ndarray) -> float:
    """Return the largest entry below the diagonal, 0 for an upper triangular matrix."""
    return float(np.abs(np.tril(matrix, -1)).max(initial=0.0))


def backward_error(a: np.ndarray, x: np.ndarray, b: np.ndarray, eps: float) -> float:
    """Return the normwise backward error of x in ``A x = b``, over `eps` and the growth."""
    a, x, b = wide(a), wide(x), wide(b)
    scale = size(a) * np.abs(x).max() + np.abs(b).max()
    return float(np.abs(b - a @ x).max() / (scale * eps * growth(a)))


def growth(a: np.ndarray) -> float:
    """Return ``max|U| / max|A|`` of elimination with partial pivoting, at least 1.

    Small for most matrices, and what makes even the best elimination poor for Wilkinson's.
    """
    _, _, upper = scipy.linalg.lu(wide(a), p_indices=True)
    return max(1.0, float(np.abs(upper).max() / np.abs(a).max()))


def condition(a: np.ndarray) -> float:
    """Return the condition number in the 1-norm; infinite for a singular matrix."""
    try:
        return float(np.linalg.cond(wide(a), 1))
    except np.linalg.LinAlgError:
        return float("inf")


def normalise_signs(q: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the same factorisation with a non-negative diagonal of R, which makes it unique."""
    signs = np.where(np.diagonal(r) < 0, -1.0, 1.0).astype(r.dtype)
    return q * signs, signs[:, None] * r
