"""What programs may read and send, with a key."""
