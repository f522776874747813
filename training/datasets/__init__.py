"""Where examples come from: recordings at hand, and sounds made from their standards."""
