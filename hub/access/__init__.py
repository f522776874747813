"""Who may open the page from the home network: one-time codes, patience, and the page's files."""
