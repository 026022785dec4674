"""Words for people and documents for machines; the one place where hostile text is made harmless."""
