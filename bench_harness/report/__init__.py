"""Records -> what people look at: `table` decides what is shown, the others render it."""
