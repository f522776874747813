"""The home: gathers what the nodes hear, decides, alerts and shows."""
