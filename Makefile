check:
	.venv/bin/ruff check .
