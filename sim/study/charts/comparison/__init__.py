"""Charts of a comparison: variants beside their reference, on the same luck."""
