"""Lamps: the port that every driver implements, their memory, and the drivers."""
