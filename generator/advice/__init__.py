"""What to do when memory is short, and why it is."""
