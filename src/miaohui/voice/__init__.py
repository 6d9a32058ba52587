"""Voice notes: one set of limits, a look at the container, and the process that decodes."""
