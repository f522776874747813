"""Makes the model bundles."""
