"""The tester's part of the window: charts, plans and runs, apart from the pages that show them."""
