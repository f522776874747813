"""What can be asked of the hub at the command line, one file a family of commands."""
