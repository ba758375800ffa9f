"""`python -m ecanalysis.cli`."""

from ecanalysis.cli import app

app()
