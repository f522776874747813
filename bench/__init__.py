"""Measurements that print tables; never tests."""
