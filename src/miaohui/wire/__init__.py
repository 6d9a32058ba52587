"""What the two ends of a link say to each other: frozen structs, sizes, codes; no behaviour."""
