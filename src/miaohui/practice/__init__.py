"""Practice: a relay on this machine, a sample catalogue, and scripted responders of known behaviour."""
