"""Two ways to the same verdicts, held equal."""
