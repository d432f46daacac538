"""What is: identifiers, intervals, shares."""
