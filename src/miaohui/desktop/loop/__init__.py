"""Work in small steps, and what the loop carries beside the window."""
