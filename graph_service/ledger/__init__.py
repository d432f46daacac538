"""Where facts live: one `Ledger` protocol, and the stores that meet it.  Knows `model` only."""
