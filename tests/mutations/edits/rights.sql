-- grant.missing public.customers.reader
REVOKE SELECT ON customers FROM reader;
-- grant.extra public.products.reader
GRANT SELECT ON products TO reader;
-- grant.privileges public.customers.reader
GRANT DELETE ON customers TO reader;
-- grant.privileges public.orders.writer
REVOKE GRANT OPTION FOR INSERT ON orders FROM writer;
-- grant.missing public.products.clerk (id)
REVOKE SELECT (id) ON products FROM clerk;
-- grant.extra public.customers.clerk (email)
GRANT UPDATE (email) ON customers TO clerk;
-- grant.extra public.customers.PUBLIC
GRANT SELECT ON customers TO PUBLIC;
-- grant.missing schema app to writer
REVOKE USAGE ON SCHEMA app FROM writer;
-- grant.privileges schema app to reader
GRANT CREATE ON SCHEMA app TO reader;
-- grant.missing app.sequence order_number to writer
REVOKE USAGE ON SEQUENCE app.order_number FROM writer;
-- grant.missing app.function vat(numeric, numeric) to reader
REVOKE EXECUTE ON FUNCTION app.vat(numeric, numeric) FROM reader;
-- grant.missing app.function secret_count() to PUBLIC
GRANT EXECUTE ON FUNCTION app.secret_count() TO PUBLIC;
-- grant.extra app.function touch() to PUBLIC
REVOKE EXECUTE ON FUNCTION app.touch() FROM PUBLIC;
-- grant.missing app.type mood to reader
REVOKE USAGE ON TYPE app.mood FROM reader;
-- grant.extra public.customers.CURRENT_USER
REVOKE DELETE ON customers FROM CURRENT_USER;
-- grant.extra database to clerk
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO clerk', current_database()); END $$;
-- grant.extra foreign server branch to clerk
GRANT USAGE ON FOREIGN SERVER branch TO clerk;
-- default_privilege.missing app.tables of CURRENT_USER to reader
ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE SELECT ON TABLES FROM reader;
-- default_privilege.privileges app.tables of CURRENT_USER to reader
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT INSERT ON TABLES TO reader;
-- default_privilege.extra functions of CURRENT_USER to PUBLIC
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
-- default_privilege.extra sequences of writer to clerk
ALTER DEFAULT PRIVILEGES FOR ROLE writer GRANT USAGE ON SEQUENCES TO clerk;
-- publication.missing shop_changes
DROP PUBLICATION shop_changes;
-- publication.extra everything
CREATE PUBLICATION everything FOR ALL TABLES;
-- publication.tables shop_changes
ALTER PUBLICATION shop_changes ADD TABLE animals;
-- publication.tables shop_changes
ALTER PUBLICATION shop_changes DROP TABLE customers;
-- publication.tables shop_changes
ALTER PUBLICATION shop_changes SET TABLE customers, orders (id, status);
-- publication.publish shop_changes
ALTER PUBLICATION shop_changes SET (publish = 'insert, update, delete');
-- publication.via_root shop_changes
ALTER PUBLICATION shop_changes SET (publish_via_partition_root = true);
-- publication.owner shop_changes
ALTER PUBLICATION shop_changes OWNER TO super;
-- statistics.missing public.customers.customers_mood
DROP STATISTICS customers_mood;
-- statistics.extra public.orders.orders_dates
CREATE STATISTICS orders_dates ON placed_on, status FROM orders;
-- statistics.kinds public.customers.customers_mood
DROP STATISTICS customers_mood;
CREATE STATISTICS customers_mood (ndistinct) ON mood, active FROM customers;
-- statistics.target public.customers.customers_mood
ALTER STATISTICS customers_mood SET STATISTICS 500;
-- statistics.owner public.customers.customers_mood
ALTER STATISTICS customers_mood OWNER TO clerk;
-- foreign_data_wrapper.extra other
CREATE FOREIGN DATA WRAPPER other;
-- foreign_server.options branch
ALTER SERVER branch OPTIONS (SET host 'other.example');
-- foreign_server.options branch
ALTER SERVER branch OPTIONS (ADD port '5433');
-- foreign_server.owner branch
ALTER SERVER branch OWNER TO super;
-- foreign_server.extra warehouse
CREATE SERVER warehouse FOREIGN DATA WRAPPER postgres_fdw;
-- foreign_table.options public.branch_orders
ALTER FOREIGN TABLE branch_orders OPTIONS (SET table_name 'orders_2026');
-- foreign_table.missing public.branch_orders
DROP FOREIGN TABLE branch_orders;
-- foreign_table.owner public.branch_orders
ALTER FOREIGN TABLE branch_orders OWNER TO clerk;
-- user_mapping.extra clerk on branch
CREATE USER MAPPING FOR clerk SERVER branch OPTIONS (user 'clerk');
-- user_mapping.missing reader on branch
DROP USER MAPPING FOR reader SERVER branch;
-- user_mapping.options reader on branch
ALTER USER MAPPING FOR reader SERVER branch OPTIONS (SET user 'other');
-- setting.extra work_mem
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''8MB''', current_database()); END $$;
-- setting.extra statement_timeout for reader
DO $$ BEGIN EXECUTE format('ALTER ROLE reader IN DATABASE %I SET statement_timeout = ''5s''', current_database()); END $$;
-- trigger.enabled public.orders.orders_late
-- trigger.enabled public.orders.orders_touch
-- trigger.extra public.orders.internal triggers of constraint orders_customer
-- trigger.extra public.orders.internal triggers of constraint orders_product
ALTER TABLE orders DISABLE TRIGGER ALL;
