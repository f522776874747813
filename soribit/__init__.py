"""The command: finds the installed parts, starts them as processes, plays a home to try."""
