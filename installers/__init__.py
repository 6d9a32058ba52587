"""What is made from the checkout: the frozen app, its licences, a .deb and an AppImage."""
