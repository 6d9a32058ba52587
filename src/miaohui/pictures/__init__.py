"""Pictures of strangers: one set of limits, a look before decoding, and a decoder of its own."""
