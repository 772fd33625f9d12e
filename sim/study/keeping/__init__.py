"""From replications to tables on disk: columns, totals, quantiles, headline, a folder written whole or not at all."""
