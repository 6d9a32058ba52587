"""Theme, fonts, style sheet, language and amounts: how the window reads and looks."""
