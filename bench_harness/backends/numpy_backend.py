"""NumPy, the reference; implementations may use SciPy's LAPACK as well."""

from __future__ import annotations

from bench_harness.backends.base import Backend, Host


class NumpyBackend(Backend):
    """Vectorised NumPy on the CPU."""

    name = "numpy"
    module = "numpy"
    distribution = "numpy"
    can_fork = True

    def start(self, host: Host) -> None:
        """Nothing to initialise: thread pools read the environment on import."""


BACKEND = NumpyBackend()
