"""A check's plan: its values, file, rules, schedule and price; knows no run."""
