"""What the study measures: six native and two pure-Python cases that start fast."""

NATIVE = (
    "linalg/matmul/tiny/numpy",
    "kde/gaussian_kde/smoke/numpy",
    "tridiagonal/gradient/offset/numpy",
    "tridiagonal/solve/default/numpy",
    "lap_sim/point_mass/smoke/numpy",
    "md/inertia_tensor/smoke/numpy",
)
PYTHON = ("tridiagonal/solve/default/python", "lap_sim/point_mass/smoke/python")
GATED = (*NATIVE, *PYTHON)

SUITES = ("kde", "lap_sim", "linalg", "md", "tridiagonal")
EFFECTS = (5, 10)
"""Planted slow-downs in percent."""
