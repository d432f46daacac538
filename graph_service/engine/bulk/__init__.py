"""Every verdict and consequence of a register at once, as joins of integer columns."""
