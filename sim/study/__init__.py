"""From a scenario file to tables and charts: load, replicate, summarise, keep, draw."""
