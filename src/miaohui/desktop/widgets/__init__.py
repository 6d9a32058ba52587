"""Small parts of the window, each drawn from the theme and usable by keyboard."""
