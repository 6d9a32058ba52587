"""The promise as pure rules: journal, turns, paid time, figures, settlement, labels, receipts."""
