"""Reading what agents' own tools have written, one module a format: files in, events and skips out."""
