"""Charts, one function per question: it takes Axes and gives the same Axes back."""
