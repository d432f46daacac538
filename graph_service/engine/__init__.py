"""What follows: readings, liability, control, cascades, consequences, proofs.  No I/O; knows no database and no article."""
