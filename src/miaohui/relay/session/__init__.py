"""One paid session: its actor, journal, timers, recovery, media and proof."""
