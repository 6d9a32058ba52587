-- The card that a customer sends with an order (JSON), and whether it was kept, from the review.
ALTER TABLE orders ADD COLUMN card TEXT;
ALTER TABLE reviews ADD COLUMN card_kept TEXT CHECK (card_kept IN ('yes', 'partly', 'no'));
