"""What the agents did: log files in, counted evidence out."""
