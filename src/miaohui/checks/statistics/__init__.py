"""The arithmetic of a check: intervals, clusters, survival, agreement, looks, sample size, verdict.

Pure and of the standard library alone; the tests hold it against published values, scipy,
statsmodels and lifelines.
"""
