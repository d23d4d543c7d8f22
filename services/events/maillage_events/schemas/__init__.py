"""What requests carry and answers show, split by noun."""
