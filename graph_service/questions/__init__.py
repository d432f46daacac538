"""What is asked: the questions of every caller (command line, library, service), and their answers as plain values."""
