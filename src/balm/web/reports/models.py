"""The meeting: slides, the plan of the month, customer stories, the page for customers."""
