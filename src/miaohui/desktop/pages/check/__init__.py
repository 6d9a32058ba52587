"""The page of checks: plans, runs, ratings and exports."""
