"""Miaohui (秒回): timed chat whose every wait is measured and given back."""

__version__ = "0.1.0"
