-- table.missing public.cache
DROP TABLE cache;
-- table.extra public.leftover
CREATE TABLE leftover (id integer PRIMARY KEY, note text);
-- table.extra public.copied
CREATE TABLE copied AS SELECT * FROM customers;
-- table.renamed public.cache
ALTER TABLE cache RENAME TO cached;
-- table.persistence public.cache
ALTER TABLE cache SET LOGGED;
-- table.persistence public.dogs
ALTER TABLE dogs SET UNLOGGED;
-- table.comment public.customers
COMMENT ON TABLE customers IS 'Who bought';
-- table.comment public.customers
COMMENT ON TABLE customers IS NULL;
-- table.options public.products
ALTER TABLE products SET (fillfactor = 50);
-- table.options public.products
ALTER TABLE products RESET (fillfactor);
-- table.options public.customers
ALTER TABLE customers SET (autovacuum_enabled = false);
-- table.toast_options public.customers
ALTER TABLE customers SET (toast.autovacuum_enabled = false);
-- table.row_security public.orders
ALTER TABLE orders DISABLE ROW LEVEL SECURITY;
-- table.row_security public.customers
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
-- table.force_row_security public.orders
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
-- table.replica_identity public.orders
ALTER TABLE orders REPLICA IDENTITY DEFAULT;
-- table.replica_identity public.customers
ALTER TABLE customers REPLICA IDENTITY USING INDEX customers_email_key;
-- table.replica_identity public.customers
ALTER TABLE customers REPLICA IDENTITY NOTHING;
-- table.owner public.customers
ALTER TABLE customers OWNER TO clerk;
-- table.partition_of public.events_2025
ALTER TABLE events DETACH PARTITION events_2025;
-- table.extra public.events_2027
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- table.partition_bound public.events_2026
ALTER TABLE events DETACH PARTITION events_2026;
ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
-- table.missing public.events_2026
DROP TABLE events_2026;
-- table.inherits public.dogs
ALTER TABLE dogs NO INHERIT animals;
-- table.inherits public.products
-- table.extra public.things
CREATE TABLE things ();
ALTER TABLE products INHERIT things;
-- table.extra public.bare
CREATE TABLE bare ();
