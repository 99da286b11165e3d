"""How often the gate is wrong: the study behind ``reports/gate.md``.

``python -m tests.gate_study STEP``, in this order:

record FOLDER   200 processes of every case, the same code throughout: the pool
runs FOLDER     real gate runs in a repository made for it, on equal and on slowed revisions
compact FOLDER  the data behind the report, from both -> results/reports/gate.json
report          redraws from the pool, the rules of other tools, the page -> reports/gate.md
"""
