"""Money at the relay: ledger, order book and its states, payments, wallet."""
