"""Those who make and buy chips. Their decisions are functions of values; actors never import each other."""
