"""The shop owner's page: the day, the people, what is sold, figures, money, reviews."""
