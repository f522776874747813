"""Installs Soribit as services that start with the machine, upgrades them, removes them."""
