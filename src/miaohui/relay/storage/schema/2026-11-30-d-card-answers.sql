-- By what index a person's answers about customers' cards are found; a shop's have one.
CREATE INDEX reviews_cards ON reviews (responder, utc_ms) WHERE card_kept IS NOT NULL;
