"""The sounds that no recording at hand holds, computed family by family."""
