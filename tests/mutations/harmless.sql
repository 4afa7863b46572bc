-- ANALYZE
ANALYZE;
-- rows inserted
INSERT INTO animals VALUES ('ant', 6);
-- rows inserted, updated and deleted
INSERT INTO customers (email, name) VALUES ('a@b', 'Ann');
UPDATE customers SET score = 5;
DELETE FROM customers;
-- a sequence advanced
SELECT nextval('app.order_number');
-- a sequence set
SELECT setval('app.ticket', 77);
-- a materialized view refreshed
REFRESH MATERIALIZED VIEW order_totals;
-- a table truncated
TRUNCATE cache;
-- a table renamed and back
ALTER TABLE cache RENAME TO cached;
ALTER TABLE cached RENAME TO cache;
-- a column renamed and back
ALTER TABLE customers RENAME COLUMN notes TO remarks;
ALTER TABLE customers RENAME COLUMN remarks TO notes;
-- a column added again
ALTER TABLE dogs DROP COLUMN breed;
ALTER TABLE dogs ADD COLUMN breed text;
-- a column added and dropped
ALTER TABLE orders ADD COLUMN gone integer;
ALTER TABLE orders DROP COLUMN gone;
-- an index made again
DROP INDEX orders_customer_id;
CREATE INDEX orders_customer_id ON orders USING btree (customer_id ASC NULLS LAST);
-- an index rebuilt
REINDEX INDEX orders_customer_id;
-- a check made again in other words
ALTER TABLE orders DROP CONSTRAINT orders_status;
ALTER TABLE orders ADD CONSTRAINT orders_status CHECK (status = ANY (ARRAY['new', 'paid', 'sent']));
COMMENT ON CONSTRAINT orders_status ON orders IS 'The ways of an order';
-- a check with casts of its own
ALTER TABLE orders DROP CONSTRAINT orders_status;
ALTER TABLE orders ADD CONSTRAINT orders_status
    CHECK (status::text IN ('new'::text, 'paid'::text, 'sent'::text));
COMMENT ON CONSTRAINT orders_status ON orders IS 'The ways of an order';
-- a check with NOT before an equality
ALTER TABLE customers DROP CONSTRAINT customers_name_check;
ALTER TABLE customers ADD CONSTRAINT customers_name_check CHECK (NOT name = '');
-- a default in other words
ALTER TABLE customers ALTER COLUMN joined_at SET DEFAULT CURRENT_TIMESTAMP;
-- a default with a cast
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'new'::text;
-- a default set to what it was
ALTER TABLE products ALTER COLUMN price SET DEFAULT 0;
-- a foreign key made again
ALTER TABLE orders DROP CONSTRAINT orders_product;
ALTER TABLE orders ADD CONSTRAINT orders_product FOREIGN KEY (product_id) REFERENCES products (id)
    MATCH SIMPLE ON DELETE SET NULL ON UPDATE CASCADE;
-- a constraint made NOT VALID and validated
ALTER TABLE customers DROP CONSTRAINT customers_name_check;
ALTER TABLE customers ADD CONSTRAINT customers_name_check CHECK (name <> '') NOT VALID;
ALTER TABLE customers VALIDATE CONSTRAINT customers_name_check;
-- a unique constraint made of an index
ALTER TABLE customers DROP CONSTRAINT customers_email_key;
CREATE UNIQUE INDEX customers_email_key ON customers (email);
ALTER TABLE customers ADD CONSTRAINT customers_email_key UNIQUE USING INDEX customers_email_key;
-- a view replaced by the same
CREATE OR REPLACE VIEW customer_names AS
    SELECT active_customers.id, upper(CAST(active_customers.name AS text)) AS name
      FROM public.active_customers;
-- a function replaced by the same
CREATE OR REPLACE FUNCTION app.vat(net integer) RETURNS int4
    LANGUAGE sql IMMUTABLE COST 100 AS $$ SELECT net / 5 $$;
-- a trigger replaced by the same
CREATE OR REPLACE TRIGGER customers_touch BEFORE UPDATE ON public.customers
    FOR EACH ROW EXECUTE PROCEDURE app.touch();
-- a trigger disabled and enabled
ALTER TABLE customers DISABLE TRIGGER customers_touch;
ALTER TABLE customers ENABLE TRIGGER customers_touch;
-- a privilege granted again
GRANT SELECT ON TABLE public.customers TO reader;
-- a privilege granted and revoked
GRANT DELETE ON customers TO reader;
REVOKE DELETE ON customers FROM reader;
-- the owner's own privileges granted
GRANT ALL ON customers TO CURRENT_USER;
-- a temporary table
CREATE TEMPORARY TABLE scratch (id integer PRIMARY KEY);
-- a type named by its other name
ALTER TABLE orders ALTER COLUMN placed_on TYPE pg_catalog.date;
-- a comment set to what it was
COMMENT ON TABLE customers IS 'Who buys';
-- an enum label added where it is
ALTER TYPE app.mood ADD VALUE IF NOT EXISTS 'sad';
-- a partition detached and attached
ALTER TABLE events DETACH PARTITION events_2026;
ALTER TABLE events ATTACH PARTITION events_2026
    FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
-- a column's statistics target set to its default
ALTER TABLE customers ALTER COLUMN email SET STATISTICS -1;
-- storage set to what it is
ALTER TABLE customers ALTER COLUMN photo SET STORAGE EXTERNAL;
-- row security enabled twice
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
-- a session's own setting
SET LOCAL work_mem = '3MB';
-- a large object
SELECT lo_create(0);
