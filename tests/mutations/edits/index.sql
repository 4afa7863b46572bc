-- index.missing public.orders.orders_customer_id
DROP INDEX orders_customer_id;
-- index.extra public.orders.orders_placed_on
CREATE INDEX orders_placed_on ON orders (placed_on);
-- index.renamed public.customers.customers_name
ALTER INDEX customers_name RENAME TO customers_by_name;
-- index.keys public.customers.customers_name
DROP INDEX customers_name;
CREATE INDEX customers_name ON customers (lower(name), joined_at DESC);
-- index.keys public.customers.customers_name
DROP INDEX customers_name;
CREATE INDEX customers_name ON customers (joined_at DESC NULLS LAST, lower(name));
-- index.keys public.customers.customers_nickname
DROP INDEX customers_nickname;
CREATE INDEX customers_nickname ON customers (nickname) INCLUDE (email) WITH (fillfactor = 80);
-- index.keys public.customers.customers_nickname
DROP INDEX customers_nickname;
CREATE INDEX customers_nickname ON customers (nickname text_pattern_ops) WITH (fillfactor = 80);
-- index.keys public.customers.customers_nickname
DROP INDEX customers_nickname;
CREATE INDEX customers_nickname ON customers (nickname COLLATE "C" text_pattern_ops) INCLUDE (email) WITH (fillfactor = 80);
-- index.options public.customers.customers_nickname
ALTER INDEX customers_nickname SET (fillfactor = 70);
-- index.options public.customers.customers_nickname
ALTER INDEX customers_nickname RESET (fillfactor);
-- index.predicate public.customers.customers_active
DROP INDEX customers_active;
CREATE INDEX customers_active ON customers (joined_at) WHERE NOT active;
COMMENT ON INDEX customers_active IS 'For the list';
-- index.predicate public.customers.customers_active
DROP INDEX customers_active;
CREATE INDEX customers_active ON customers (joined_at);
COMMENT ON INDEX customers_active IS 'For the list';
-- index.comment public.customers.customers_active
COMMENT ON INDEX customers_active IS 'For a list';
-- index.unique public.products.products_title
DROP INDEX products_title;
CREATE INDEX products_title ON products (title) WHERE size IS NULL;
-- index.method public.orders.orders_customer_id
DROP INDEX orders_customer_id;
CREATE INDEX orders_customer_id ON orders USING hash (customer_id);
-- index.keys public.products.products_data
DROP INDEX products_data;
CREATE INDEX products_data ON products USING gin (data);
-- not adopted
-- index.valid public.orders.orders_customer_id
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_customer_id'::regclass;
-- index.statistics public.customers.customers_name
ALTER INDEX customers_name ALTER COLUMN 1 SET STATISTICS 1000;
-- index.clustered public.customers.customers_name
ALTER TABLE customers CLUSTER ON customers_name;
-- index.missing public.order_totals.order_totals_customer
DROP INDEX order_totals_customer;
-- index.missing public.events.events_kind
DROP INDEX events_kind;
-- index.extra public.events_2026.events_2026_payload
CREATE INDEX events_2026_payload ON events_2026 USING gin (payload);
-- index.extra public.order_totals.order_totals_total
CREATE INDEX order_totals_total ON order_totals (total);
