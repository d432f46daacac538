"""What the law says: the pack schema, the loader, the compiled rule table, and the packs themselves.  Looks at `model` only."""
