"""What was seen, in and out, and questions about it."""
