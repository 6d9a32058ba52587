"""The host's side: server, services, backup, loading, admin."""
