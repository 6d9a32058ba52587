"""Where the outside world's time and concurrency enter: one clock, one starter of tasks."""
