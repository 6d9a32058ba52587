"""The log of receipts: a Merkle tree that only grows, as its field writes and reads one."""
