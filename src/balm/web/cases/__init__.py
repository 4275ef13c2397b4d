"""Cases: closing the loop with one customer."""
