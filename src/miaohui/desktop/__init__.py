"""The Qt window: the only room that knows Qt."""
