"""How often the gate is wrong: the study behind ``reports/gate.md``.

``python -m tests.gate_study STEP``, in this order:

runs FOLDER     real gate runs in a repository made for it, on equal and on slowed revisions
compact FOLDER  the data behind the report -> results/reports/gate.json
report          redraws from its processes, the rules of other tools -> reports/gate.md
"""
