"""The machinery any actor stands on: clock, chance, ledger, market, record keeping. It knows nothing of policy."""
