"""One room: listens, recognises and reports."""
