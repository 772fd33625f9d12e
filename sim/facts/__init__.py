"""What is known before any clock runs: days, estimates, chips, the law and what it lets a maker design."""
