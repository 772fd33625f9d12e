"""From a scenario file to a checked scenario: read, inherit, merge, validate, remember where each value came from."""
