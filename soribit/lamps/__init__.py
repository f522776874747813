"""Virtual lamps, each family by its maker's documents; they know nothing of the hub's templates."""
