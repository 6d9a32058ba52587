"""The report of a check: one page for people, tables and JSON for machines, all from `Results`."""
