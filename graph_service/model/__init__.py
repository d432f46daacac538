"""What is: subjects, ties, records, and the small exact algebras they are made of.  No I/O; looks at `messages` only."""
