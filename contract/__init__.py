"""What at least two parts of Soribit must agree on."""
