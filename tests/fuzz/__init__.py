"""What random input does to the services: calls, events, and everything else that is read from outside."""
