"""What the hub remembers on disk; the only place that knows SQL."""
