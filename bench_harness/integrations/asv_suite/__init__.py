"""The suites as benchmarks of asv; `asv.conf.json` names this folder.

asv imports every module here, in every environment, under the name ``asv_suite``: nothing at the
top of a module may need a backend.
"""

import os

# asv's own processes time `time_steady`, so this must be set before NumPy loads its BLAS.
os.environ["OMP_NUM_THREADS"] = os.environ.get("BENCH_HARNESS_ASV_THREADS", "1")
