"""The hosted relay: it times every message, writes it down, and moves the money by what it wrote."""
