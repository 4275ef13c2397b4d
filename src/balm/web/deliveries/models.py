"""Messages to people and programs, and whether they arrived."""
