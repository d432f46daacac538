"""What holds of every register, by hypothesis."""
