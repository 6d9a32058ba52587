"""A tester's work: plans, their runner, the coding of replies, reports and evidence."""
