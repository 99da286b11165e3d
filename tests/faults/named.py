"""Faults that were found in public code which claimed that its backends agree.

Each is written out as its author might have written it, for the kernels that it concerns:
``wrong(inputs, reference)`` gets a kernel's inputs and a function that runs the correct NumPy
implementation, with some inputs changed or its source edited, and returns what the faulty one
returns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

Reference = Callable[..., dict[str, np.ndarray]]
Wrong = Callable[[dict[str, Any], Reference], Any]


class DoesNotApply(Exception):
    """These inputs leave no room for the fault."""


@dataclass(frozen=True)
class Named:
    """A fault and the kernels it concerns, as patterns of ids."""

    title: str
    kernels: tuple[str, ...]
    wrong: Wrong


FAULTS: list[Named] = []


def found_in_the_field(title: str, *kernels: str) -> Callable[[Wrong], Wrong]:
    """Enter a function in the list."""

    def enter(wrong: Wrong) -> Wrong:
        FAULTS.append(Named(title, kernels, wrong))
        return wrong

    return enter


def faults_of(kernel_id: str) -> list[Named]:
    """Return the faults that concern a kernel."""
    return [f for f in FAULTS if any(fnmatchcase(kernel_id, pattern) for pattern in f.kernels)]


def _arrays(inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {n: v for n, v in inputs.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"}


# -- any kernel ----------------------------------------------------------------------------


@found_in_the_field("computed in float32, returned as float64", "*")
def single_precision(inputs, reference):
    arrays = {name: value.astype(np.float32) for name, value in _arrays(inputs).items()}
    if not arrays:
        raise DoesNotApply
    found = reference(**arrays)
    return {
        name: value.astype(np.float64) if value.dtype == np.float32 else value
        for name, value in found.items()
    }


@found_in_the_field("default dtype float32", "*")
def default_dtype(inputs, reference):
    return {
        name: value.astype(np.float32) if value.dtype.kind == "f" else value
        for name, value in reference().items()
    }


@found_in_the_field("a parameter as a float32 constant", "*")
def single_precision_parameters(inputs, reference):
    scalars = {
        name: float(np.float32(value)) for name, value in inputs.items() if isinstance(value, float)
    }
    if all(inputs[name] == value for name, value in scalars.items()):
        raise DoesNotApply
    return reference(**scalars)


# -- lap simulation ------------------------------------------------------------------------


@found_in_the_field("a stop rule over the whole batch, not per vehicle", "lap_sim/*_sweep")
def stop_of_the_batch(inputs, reference):
    counts = reference()["envelope_iterations"]
    if counts.min() == counts.max():
        raise DoesNotApply
    found = reference(envelope_iterations=int(counts.max()), envelope_tolerance=-1.0)
    return found | {"envelope_iterations": counts}


@found_in_the_field("wrap-around dropped: the last step of the ring left out", "lap_sim/*")
def open_ring(inputs, reference):
    ds = inputs["ds"].copy()
    ds[..., -1] = 1e-9
    return reference(ds=ds)


# -- molecular dynamics --------------------------------------------------------------------


@found_in_the_field(
    "angular momentum without subtracting the velocity of the centre of mass",
    "md/angular_momentum",
    "md/pipeline",
)
def absolute_momentum(inputs, reference):
    masses, r, v = (inputs[name] for name in ("masses", "positions", "velocities"))
    d = r - (masses @ r / masses.sum())[:, None]
    return reference() | {"angular_momentum": np.einsum("n,fni->fi", masses, np.cross(d, v))}


@found_in_the_field(
    "angular momentum about the origin, the part of the centre subtracted",
    "md/angular_momentum",
    "md/pipeline",
)
def difference_of_momenta(inputs, reference):
    masses, r, v = (inputs[name] for name in ("masses", "positions", "velocities"))
    total = masses.sum()
    center, speed = masses @ r / total, masses @ v / total
    absolute = np.einsum("n,fni->fi", masses, np.cross(r, v))
    return reference() | {"angular_momentum": absolute - total * np.cross(center, speed)}


@found_in_the_field("a unit constant 16.6 times off", "md/torque", "md/angular_momentum")
def wrong_unit(inputs, reference):
    return {name: value * 16.6054 for name, value in reference().items()}


@found_in_the_field("shape from the moments of inertia, not the gyration tensor", "md/shape")
def shape_of_inertia(inputs, reference):
    a, b, c = np.linalg.eigvalsh(_inertia(inputs)).T
    size = (a + b + c) / 2
    return reference() | {"asphericity": (c - (a + b) / 2) / size, "acylindricity": (b - a) / size}


def _inertia(inputs):
    masses, r = inputs["masses"], inputs["positions"]
    d = r - (masses @ r / masses.sum())[:, None]
    second = np.einsum("n,fni,fnj->fij", masses, d, d)
    return np.trace(second, axis1=1, axis2=2)[:, None, None] * np.eye(3) - second


@found_in_the_field("inertia about the origin: the parallel-axis term left in", "md/inertia_tensor")
def inertia_about_the_origin(inputs, reference):
    masses, r = inputs["masses"], inputs["positions"]
    second = np.einsum("n,fni,fnj->fij", masses, r, r)
    return np.trace(second, axis1=1, axis2=2)[:, None, None] * np.eye(3) - second


@found_in_the_field(
    "inertia from raw moments: cancellation far from the origin", "md/inertia_tensor"
)
def inertia_from_raw_moments(inputs, reference):
    masses, r = inputs["masses"], inputs["positions"]
    center = masses @ r / masses.sum()
    shift = masses.sum() * center[:, :, None] * center[:, None, :]
    second = np.einsum("n,fni,fnj->fij", masses, r, r) - shift
    return np.trace(second, axis1=1, axis2=2)[:, None, None] * np.eye(3) - second


@found_in_the_field("(f, f, 3, 3) for (f, 3, 3)", "md/inertia_tensor")
def all_pairs_of_frames(inputs, reference):
    inertia = reference()["inertia"]
    return np.broadcast_to(inertia, (len(inertia), *inertia.shape)).copy()


@found_in_the_field("geometric centre for the centre of mass", "md/center_of_mass")
def geometric_center(inputs, reference):
    return inputs["positions"].mean(axis=1)


@found_in_the_field("left-handed axes", "md/principal_axes")
def left_handed(inputs, reference):
    found = reference()
    return found | {"axes": found["axes"] * np.array([-1, 1, 1])}


@found_in_the_field("axes as rows", "md/principal_axes")
def axes_as_rows(inputs, reference):
    found = reference()
    return found | {"axes": found["axes"].swapaxes(1, 2).copy()}


@found_in_the_field("RMSD without superposition", "md/kabsch_rmsd")
def no_superposition(inputs, reference):
    masses, r = inputs["masses"], inputs["positions"]
    d = r - (masses @ r / masses.sum())[:, None]
    return np.sqrt(np.einsum("n,fni->f", masses, (d - d[0]) ** 2) / masses.sum())


@found_in_the_field("RMSD from singular values: Rg^2 cancels", "md/kabsch_rmsd")
def cancelling_rmsd(inputs, reference):
    masses, r = inputs["masses"], inputs["positions"]
    d = r - (masses @ r / masses.sum())[:, None]
    covariance = np.einsum("n,fni,nj->fij", masses, d, d[0])
    u, sizes, vt = np.linalg.svd(covariance)
    sizes[:, 2] *= np.sign(np.linalg.det(u) * np.linalg.det(vt))
    squares = np.einsum("n,fni->f", masses, d**2)
    square = (squares + squares[0] - 2 * sizes.sum(axis=1)) / masses.sum()
    return np.sqrt(np.maximum(square, 0))


@found_in_the_field("one-sided differences where central ones are meant", "md/pipeline")
def one_sided_rate(inputs, reference):
    found = reference()
    momentum, times = found["angular_momentum"], inputs["times"]
    rate = np.diff(momentum, axis=0) / np.diff(times)[:, None]
    return found | {"angular_momentum_rate": np.concatenate([rate, rate[-1:]])}


@found_in_the_field("differences as if the steps in time were equal", "md/pipeline")
def uniform_rate(inputs, reference):
    found = reference()
    step = np.diff(inputs["times"]).mean()
    rate = np.gradient(found["angular_momentum"], step, axis=0, edge_order=2)
    return found | {"angular_momentum_rate": rate}


@found_in_the_field("first-order differences at the ends", "md/pipeline")
def first_order_ends(inputs, reference):
    found = reference()
    rate = np.gradient(found["angular_momentum"], inputs["times"], axis=0, edge_order=1)
    return found | {"angular_momentum_rate": rate}


@found_in_the_field("the reference not normalised", "md/decompose")
def not_normalised(inputs, reference):
    v, ref = inputs["vector"], inputs["reference"]
    parallel = np.vecdot(v, ref)[:, None] * ref
    return {"parallel": parallel, "perpendicular": v - parallel}


@found_in_the_field("a guard of 1e-12 on a length: no NaN for a zero reference", "md/decompose")
def guarded_length(inputs, reference):
    v, ref = inputs["vector"], inputs["reference"]
    e = ref / np.maximum(np.linalg.norm(ref, axis=1, keepdims=True), 1e-12)
    parallel = np.vecdot(v, e)[:, None] * e
    return {"parallel": parallel, "perpendicular": v - parallel}


@found_in_the_field(
    "an absolute cut-off on moments: a rod's axis gets a velocity", "md/angular_velocity"
)
def no_cutoff(inputs, reference):
    return np.linalg.solve(inputs["inertia"], inputs["angular_momentum"][..., None])[..., 0]


# -- densities -----------------------------------------------------------------------------


@found_in_the_field("a bandwidth taken as a factor on the standard deviation", "kde/gaussian_kde*")
def bandwidth_as_factor(inputs, reference):
    if len(inputs["particles"]) < 2:
        raise DoesNotApply
    return reference(bandwidth=inputs["bandwidth"] * float(np.std(inputs["particles"], ddof=1)))


@found_in_the_field("the images at the ends left out", "kde/gaussian_kde_reflected")
def no_images(inputs, reference):
    x, p, h = inputs["grid"], inputs["particles"], inputs["bandwidth"]
    terms = np.exp(-(((x[:, None] - p) / h) ** 2) / 2)
    return terms.sum(axis=1) / (len(p) * h * np.sqrt(2 * np.pi))


@found_in_the_field("the density scaled to mass 1 on its grid", "kde/gaussian_kde*")
def renormalised(inputs, reference):
    density = reference()["density"]
    return density / np.trapezoid(density, inputs["grid"])


@found_in_the_field("the standard deviation with ddof = 0", "kde/silverman")
def population_deviation(inputs, reference):
    n = len(inputs["particles"])
    return {name: value * np.sqrt((n - 1) / n) for name, value in reference().items()}


@found_in_the_field("the standard deviation from raw moments", "kde/silverman")
def raw_moments(inputs, reference):
    x = inputs["particles"]
    n = len(x)
    variance = (np.mean(x * x) - np.mean(x) ** 2) * n / (n - 1)
    std = np.sqrt(max(variance, 0.0))
    return {"scott": std * n**-0.2, "silverman": std * (0.75 * n) ** -0.2}


# -- tridiagonal systems -------------------------------------------------------------------


@found_in_the_field("the lower band shifted by one", "tridiagonal/solve*")
def lower_band_shifted(inputs, reference):
    return reference(lower=np.roll(inputs["lower"], 1, axis=-1))


@found_in_the_field("the upper band shifted by one", "tridiagonal/solve*")
def upper_band_shifted(inputs, reference):
    return reference(upper=np.roll(inputs["upper"], 1, axis=-1))


@found_in_the_field("the bands exchanged: the transpose", "tridiagonal/solve*")
def bands_exchanged(inputs, reference):
    lower, upper = inputs["lower"], inputs["upper"]
    return reference(lower=np.roll(upper, 1, axis=-1), upper=np.roll(lower, -1, axis=-1))


@found_in_the_field(
    "wrap-around corners: the ignored entries taken as a ring's", "tridiagonal/solve*"
)
def with_corners(inputs, reference):
    lower, diag, upper = (np.atleast_2d(inputs[name]) for name in ("lower", "diag", "upper"))
    systems, n = diag.shape
    if n < 3 or diag.size * n > 3_000_000:
        raise DoesNotApply
    i = np.arange(n)
    matrix = np.zeros((systems, n, n))
    matrix[:, i, i], matrix[:, i, i - 1], matrix[:, i, (i + 1) % n] = diag, lower, upper
    rhs = inputs["rhs"].reshape(systems, n, -1)
    return np.linalg.solve(matrix, rhs).reshape(inputs["rhs"].shape)


@found_in_the_field("elimination without pivoting", "tridiagonal/solve")
def thomas(inputs, reference):
    lower, diag, upper = (inputs[name] for name in ("lower", "diag", "upper"))
    n = len(diag)
    d, x = diag.copy(), inputs["rhs"].copy()
    with np.errstate(all="ignore"):
        for i in range(1, n):
            factor = lower[i] / d[i - 1]
            d[i] -= factor * upper[i - 1]
            x[i] -= factor * x[i - 1]
        x[n - 1] /= d[n - 1]
        for i in range(n - 2, -1, -1):
            x[i] = (x[i] - upper[i] * x[i + 1]) / d[i]
    return x


@found_in_the_field("one-sided differences where central ones are meant", "tridiagonal/gradient")
def one_sided(inputs, reference):
    f, spacing = _gradient_inputs(inputs)
    steps = np.diff(spacing) if np.ndim(spacing) else spacing
    slopes = np.diff(f) / steps
    return np.append(slopes, slopes[-1])


@found_in_the_field("second-order differences at the ends", "tridiagonal/gradient")
def second_order_ends(inputs, reference):
    f, spacing = _gradient_inputs(inputs)
    return np.gradient(f, spacing, edge_order=2)


@found_in_the_field("a central difference over h, not 2 h", "tridiagonal/gradient")
def half_step(inputs, reference):
    value = next(iter(reference().values())).copy()
    value[1:-1] *= 2
    return value


def _gradient_inputs(inputs):
    arrays = list(_arrays(inputs).values())
    scalars = [value for value in inputs.values() if isinstance(value, float)]
    if arrays[0].ndim != 1 or len(arrays[0]) < 3:
        raise DoesNotApply
    return arrays[0], (arrays[1] if len(arrays) > 1 else scalars[0])


# -- mean-field games ----------------------------------------------------------------------


@found_in_the_field("a Jacobian with one division by the spacing too many", "mfg/mfg_solve")
def scaled_jacobian(inputs, reference):
    return _picard(inputs, jacobian=1 / inputs["dx"])


@found_in_the_field("central differences where upwind ones are meant", "mfg/mfg_solve")
def central(inputs, reference):
    return _picard(inputs, upwind=False)


@found_in_the_field("wrap-around corners dropped from a periodic system", "mfg/mfg_solve")
def periodic_without_corners(inputs, reference):
    return _picard(inputs, ends=2.0)


@found_in_the_field("the density moved by the matrix, not its transpose", "mfg/mfg_solve")
def not_transposed(inputs, reference):
    return _picard(inputs, transpose=False)


@found_in_the_field("an iteration that did not converge, reported as converged", "mfg/mfg_solve")
def never_converged(inputs, reference):
    return reference(max_iterations=5) | {"converged": np.bool_(True)}


@found_in_the_field("five Picard iterations too few", "mfg/mfg_solve")
def stopped_early(inputs, reference):
    right = reference()
    found = reference(max_iterations=int(right["iterations"]) - 5)
    return right | {name: found[name] for name in right if found[name].ndim == 2}


def _picard(i, *, jacobian=1.0, upwind=True, ends=1.0, transpose=True):
    """Solve the game straight from its equations, with dense matrices, wrong in one place."""
    n, levels, dx, dt, sigma, c = (
        len(i["initial"]), i["levels"], i["dx"], i["dt"], i["sigma"], i["c"],
    )  # fmt: skip
    if n * levels > 3000:
        raise DoesNotApply
    diffusion = sigma**2 / (2 * dx**2)

    def slopes(u):
        step = np.diff(u) / dx
        fall, rise = np.maximum(-step, 0), np.maximum(step, 0)
        if not upwind:
            fall = rise = np.abs(step) / 2
        return np.append(fall, 0), np.append(0, rise)

    def matrix(u, scale=1.0):
        fall, rise = slopes(u)
        lower, upper = diffusion + scale * c * rise[1:] / dx, diffusion + scale * c * fall[:-1] / dx
        off = np.diag(lower, -1) + np.diag(upper, 1)
        total = off.sum(axis=1)
        total[[0, -1]] += (ends - 1) * diffusion
        return np.diag(total) - off

    one = np.eye(n) / dt
    u = np.tile(i["terminal"], (levels + 1, 1))
    m = np.tile(i["initial"], (levels + 1, 1))
    count = 0
    while count < i["max_iterations"]:
        count += 1
        new_u, new_m = u.copy(), m.copy()
        new_u[-1], new_m[0] = i["terminal"], i["initial"]
        for k in range(levels - 1, -1, -1):
            w = new_u[k + 1].copy()
            for _ in range(i["newton_iterations"]):
                fall, rise = slopes(w)
                force = i["potential"] + i["gamma"] * m[k + 1] ** 2
                r = (w - new_u[k + 1]) / dt + c / 2 * (fall**2 + rise**2) - force
                r += matrix(w, 0.0) @ w
                step = np.linalg.solve(matrix(w, jacobian) + one, -r)
                w += step
                if np.abs(step).max() <= i["newton_tolerance"] * max(1, np.abs(w).max()):
                    break
            new_u[k] = w
        for k in range(levels):
            flow = matrix(new_u[k])
            new_m[k + 1] = np.linalg.solve((flow.T if transpose else flow) + one, new_m[k] / dt)
        old_u, old_m, theta = u, m, i["theta"]
        u, m = theta * new_u + (1 - theta) * old_u, theta * new_m + (1 - theta) * old_m
        e_u, e_m = (np.linalg.norm(a - b) / np.linalg.norm(a) for a, b in ((u, old_u), (m, old_m)))
        converged = bool(e_u < i["tolerance"] and e_m < i["tolerance"])
        if converged or not np.isfinite(u).all():
            break
    return u, m, count, e_u, e_m, converged


# -- linear algebra ------------------------------------------------------------------------


@found_in_the_field("classical Gram-Schmidt", "linalg/qr")
def classical_gram_schmidt(inputs, reference):
    return _gram_schmidt(inputs["a"], lambda q, v, a: q.T @ a)


@found_in_the_field("modified Gram-Schmidt", "linalg/qr")
def modified_gram_schmidt(inputs, reference):
    a = inputs["a"].copy()
    n = a.shape[1]
    q, r = np.zeros_like(a), np.zeros((n, n))
    for j in range(n):
        r[j, j] = np.linalg.norm(a[:, j])
        q[:, j] = a[:, j] / r[j, j]
        r[j, j + 1 :] = q[:, j] @ a[:, j + 1 :]
        a[:, j + 1 :] -= np.outer(q[:, j], r[j, j + 1 :])
    return q, r


def _gram_schmidt(a, coefficients):
    n = a.shape[1]
    q, r = np.zeros_like(a), np.zeros((n, n))
    for j in range(n):
        r[:j, j] = q[:, :j].T @ a[:, j]
        v = a[:, j] - q[:, :j] @ r[:j, j]
        r[j, j] = np.linalg.norm(v)
        q[:, j] = v / r[j, j]
    return q, r


@found_in_the_field("an absolute cut-off of 1e-12 on pivots", "linalg/lu")
def absolute_cutoff(inputs, reference):
    return _lu(inputs["a"], reference(), cutoff=1e-12)


@found_in_the_field("no row exchanges", "linalg/lu")
def without_pivoting(inputs, reference):
    return _lu(inputs["a"], reference(), pivoting=False)


@found_in_the_field("a tie takes the last maximal row", "linalg/lu")
def last_of_equals(inputs, reference):
    return _lu(inputs["a"], reference(), last=True)


def _lu(a, right, cutoff=0.0, pivoting=True, last=False):
    """Return permutation, L and U under the names that the kernel gives them."""
    u, n = a.copy(), len(a)
    p, lower = np.arange(n), np.eye(n)
    with np.errstate(all="ignore"):
        for j in range(n):
            column = np.abs(u[j:, j])
            row = j + (len(column) - 1 - np.argmax(column[::-1]) if last else np.argmax(column))
            if pivoting:
                u[[j, row]], p[[j, row]] = u[[row, j]], p[[row, j]]
                lower[[j, row], :j] = lower[[row, j], :j]
            if np.abs(u[j, j]) <= cutoff:
                continue
            lower[j + 1 :, j] = u[j + 1 :, j] / u[j, j]
            u[j + 1 :] -= np.outer(lower[j + 1 :, j], u[j])
            u[j + 1 :, j] = 0.0
    roles = {}
    for name, value in right.items():
        if value.ndim == 1:
            roles[name] = p.astype(value.dtype)
        else:
            roles[name] = lower if np.array_equal(np.triu(value, 1), 0 * value) else u
    return roles


@found_in_the_field("an absolute cut-off of 1e-12 on pivots", "linalg/solve")
def solve_with_cutoff(inputs, reference):
    a, b = inputs["a"], inputs["b"]
    return np.linalg.solve(np.where(np.abs(a) < 1e-12, 0.0, a) + 1e-12 * np.eye(len(a)), b)


@found_in_the_field("a solution by the inverse matrix", "linalg/solve")
def by_inverse(inputs, reference):
    return np.linalg.inv(inputs["a"]) @ inputs["b"]


@found_in_the_field("the upper factor for the lower one", "linalg/cholesky")
def upper_factor(inputs, reference):
    return next(iter(reference().values())).T.copy()


@found_in_the_field("what lies above the diagonal left as it was", "linalg/cholesky")
def not_triangular(inputs, reference):
    a = next(iter(_arrays(inputs).values()))
    return next(iter(reference().values())) + np.triu(a, 1)


@found_in_the_field("sum(axis=-1) returning the total", "linalg/sum")
def total_for_the_last_axis(inputs, reference):
    if inputs["axis"] != -1:
        raise DoesNotApply
    return inputs["x"].sum()


@found_in_the_field("sum over the other axis", "linalg/sum")
def other_axis(inputs, reference):
    if inputs["axis"] is None:
        raise DoesNotApply
    return inputs["x"].sum(axis=(inputs["axis"] % 2) ^ 1)


@found_in_the_field("log(0) raising where the others return -inf", "linalg/log")
def raising_log(inputs, reference):
    if not (inputs["x"] == 0).any():
        raise DoesNotApply
    with np.errstate(all="raise"):
        return np.log(inputs["x"])


@found_in_the_field("log(0) as the smallest number, not -inf", "linalg/log")
def finite_log(inputs, reference):
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.log(inputs["x"]), nan=np.nan, neginf=np.finfo(float).min)


@found_in_the_field("NaN turned into 0", "linalg/log", "linalg/sqrt", "linalg/add", "linalg/mul")
def nan_to_zero(inputs, reference):
    return {n: np.where(np.isnan(value), 0.0, value) for n, value in reference().items()}


@found_in_the_field("the sign of zero lost", "linalg/add", "linalg/mul", "linalg/sqrt")
def sign_of_zero(inputs, reference):
    return {n: value + 0.0 for n, value in reference().items()}


@found_in_the_field("exp clipped so that it does not overflow", "linalg/exp")
def clipped_exp(inputs, reference):
    return np.exp(np.clip(inputs["x"], -700, 700))


@found_in_the_field("a view of the input for the transpose of it", "linalg/transpose")
def not_transposed_matrix(inputs, reference):
    return next(iter(_arrays(inputs).values())).copy()


@found_in_the_field("the factors exchanged", "linalg/matmul")
def factors_exchanged(inputs, reference):
    return inputs["b"] @ inputs["a"]


@found_in_the_field("entry by entry for the matrix product", "linalg/matmul")
def entrywise_product(inputs, reference):
    return inputs["a"] * inputs["b"]


@found_in_the_field("TF32: factors rounded to ten bits", "linalg/matmul")
def tensor_float(inputs, reference):
    def rounded(x):
        mantissa, exponent = np.frexp(x)
        return np.ldexp(np.round(mantissa * 2**11) / 2**11, exponent)

    return rounded(inputs["a"]) @ rounded(inputs["b"])
