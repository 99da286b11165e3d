"""Measuring: a runner in the parent, and a fresh worker process for every case."""
