"""The office's own books: what the service and its officers must remember that is no fact of the world.

Facts live in the ledger.  Keys, the log of who asked what, cases and tasks, checks and what was decided on them, and messages
still to be sent live here, in one SQLite database, so that one transaction can hold a change, its log line and its message.
"""
