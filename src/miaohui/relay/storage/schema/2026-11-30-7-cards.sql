-- The card that a customer sends with an order (JSON), and whether it was kept, from the review.
ALTER TABLE orders ADD COLUMN card TEXT;
-- By what index those are found that nobody needs any more.
CREATE INDEX orders_card ON orders (state) WHERE card IS NOT NULL AND session IS NULL;
ALTER TABLE reviews ADD COLUMN card_kept TEXT CHECK (card_kept IN ('yes', 'partly', 'no'));
