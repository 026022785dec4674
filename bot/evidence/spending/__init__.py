"""What a week has cost, kept between commands by the content of the logs: only what is new is read."""
