"""Property tests run a fixed number of examples, the same in every run, with no time limit."""

from hypothesis import settings

settings.register_profile("suite", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("suite")
