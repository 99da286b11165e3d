"""Statistics of samples: pure functions, no records."""
