"""Plans that remove a cause, the loops they belong to, and the office that leads them."""
