"""Care for a person in danger: the rules, the numbers to call and the quiet after them."""
