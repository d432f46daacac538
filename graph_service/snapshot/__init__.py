"""What held then: the part of a ledger, at one position, that a question can touch."""
