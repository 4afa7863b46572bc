-- view.missing public.customer_names
DROP VIEW customer_names;
-- view.extra public.old_customers
CREATE VIEW old_customers AS SELECT id FROM customers;
-- view.definition public.customer_names
CREATE OR REPLACE VIEW customer_names AS SELECT id, lower(name) AS name FROM active_customers;
-- view.definition public.small_orders
CREATE OR REPLACE VIEW small_orders AS SELECT id, total FROM orders WHERE total < 20 WITH LOCAL CHECK OPTION;
-- view.security_barrier public.active_customers
ALTER VIEW active_customers RESET (security_barrier);
-- view.security_invoker public.customer_names
ALTER VIEW customer_names SET (security_invoker = true);
-- view.check_option public.small_orders
CREATE OR REPLACE VIEW small_orders AS SELECT id, total FROM orders WHERE total < 10 WITH CASCADED CHECK OPTION;
-- view.owner public.customer_names
ALTER VIEW customer_names OWNER TO clerk;
-- view.comment public.active_customers
COMMENT ON VIEW active_customers IS NULL;
-- view.column_defaults public.small_orders
ALTER VIEW small_orders ALTER COLUMN total SET DEFAULT 5;
-- view.renamed public.customer_names
ALTER VIEW customer_names RENAME TO names_of_customers;
-- materialized_view.definition public.order_totals
DROP MATERIALIZED VIEW order_totals;
CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, max(total) AS total FROM orders GROUP BY customer_id;
CREATE UNIQUE INDEX order_totals_customer ON order_totals (customer_id);
-- materialized_view.populated public.order_totals
REFRESH MATERIALIZED VIEW order_totals WITH NO DATA;
-- materialized_view.missing public.order_totals
DROP MATERIALIZED VIEW order_totals;
-- materialized_view.options public.order_totals
ALTER MATERIALIZED VIEW order_totals SET (fillfactor = 50);
-- function.missing app.vat(integer)
DROP FUNCTION app.vat(integer);
-- function.extra app.vat(text)
CREATE FUNCTION app.vat(text) RETURNS text LANGUAGE sql AS $$ SELECT $1 $$;
-- function.body app.touch()
CREATE OR REPLACE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- function.volatility app.vat(integer)
ALTER FUNCTION app.vat(integer) STABLE;
-- function.security_definer app.secret_count()
ALTER FUNCTION app.secret_count() SECURITY INVOKER;
-- function.settings app.secret_count()
ALTER FUNCTION app.secret_count() RESET search_path;
-- function.settings app.touch()
ALTER FUNCTION app.touch() SET work_mem = '8MB';
-- function.cost app.secret_count()
ALTER FUNCTION app.secret_count() COST 100;
-- function.parallel app.vat(numeric, numeric)
ALTER FUNCTION app.vat(numeric, numeric) PARALLEL UNSAFE;
-- function.strict app.add_up(integer, integer)
ALTER FUNCTION app.add_up(integer, integer) CALLED ON NULL INPUT;
-- function.leakproof app.near(integer, integer)
ALTER FUNCTION app.near(integer, integer) LEAKPROOF;
-- function.arguments app.vat(numeric, numeric)
CREATE OR REPLACE FUNCTION app.vat(net numeric, rate numeric DEFAULT 19) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT net * rate / 100 $$;
-- function.owner app.touch()
ALTER FUNCTION app.touch() OWNER TO clerk;
-- function.comment app.secret_count()
COMMENT ON FUNCTION app.secret_count() IS 'For everybody';
-- function.result app.vat(integer)
DROP FUNCTION app.vat(integer);
CREATE FUNCTION app.vat(net integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT net / 5 $$;
-- function.language app.vat(integer)
CREATE OR REPLACE FUNCTION app.vat(net integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN net / 5; END $$;
-- procedure.body app.tidy(integer)
CREATE OR REPLACE PROCEDURE app.tidy(days integer) LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
-- procedure.security_definer app.tidy(integer)
ALTER PROCEDURE app.tidy(integer) SECURITY DEFINER;
-- procedure.missing app.tidy(integer)
DROP PROCEDURE app.tidy(integer);
-- aggregate.missing app.total(integer)
DROP AGGREGATE app.total(integer);
-- aggregate.initcond app.total(integer)
CREATE OR REPLACE AGGREGATE app.total(integer) (SFUNC = app.add_up, STYPE = integer, INITCOND = '7');
-- aggregate.owner app.total(integer)
ALTER AGGREGATE app.total(integer) OWNER TO clerk;
-- trigger.missing public.customers.customers_touch
DROP TRIGGER customers_touch ON customers;
-- trigger.extra public.products.products_touch
CREATE TRIGGER products_touch BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION app.touch();
-- trigger.enabled public.customers.customers_touch
ALTER TABLE customers DISABLE TRIGGER customers_touch;
-- trigger.enabled public.customers.customers_touch
ALTER TABLE customers ENABLE ALWAYS TRIGGER customers_touch;
-- trigger.enabled public.orders.orders_touch
ALTER TABLE orders ENABLE REPLICA TRIGGER orders_touch;
-- trigger.definition public.customers.customers_touch
CREATE OR REPLACE TRIGGER customers_touch AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION app.touch();
-- trigger.definition public.orders.orders_touch
DROP TRIGGER orders_touch ON orders;
CREATE TRIGGER orders_touch BEFORE UPDATE OF status ON orders FOR EACH ROW EXECUTE FUNCTION app.touch();
COMMENT ON TRIGGER orders_touch ON orders IS 'Keeps the time';
-- trigger.comment public.orders.orders_touch
COMMENT ON TRIGGER orders_touch ON orders IS NULL;
-- trigger.renamed public.customers.customers_touch
ALTER TRIGGER customers_touch ON customers RENAME TO touch_customers;
-- event_trigger.enabled shop_guard
ALTER EVENT TRIGGER shop_guard DISABLE;
-- event_trigger.missing shop_guard
DROP EVENT TRIGGER shop_guard;
-- event_trigger.owner shop_guard
ALTER EVENT TRIGGER shop_guard OWNER TO super;
-- event_trigger.tags shop_guard
DROP EVENT TRIGGER shop_guard;
CREATE EVENT TRIGGER shop_guard ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION app.guard();
-- rule.missing public.orders.orders_keep
DROP RULE orders_keep ON orders;
-- rule.enabled public.orders.orders_keep
ALTER TABLE orders DISABLE RULE orders_keep;
-- rule.definition public.orders.orders_keep
CREATE OR REPLACE RULE orders_keep AS ON DELETE TO orders WHERE OLD.status = 'sent' DO INSTEAD NOTHING;
-- policy.missing public.orders.orders_of_reader
DROP POLICY orders_of_reader ON orders;
-- policy.extra public.orders.orders_of_writer
CREATE POLICY orders_of_writer ON orders TO writer USING (true);
-- policy.using public.orders.orders_of_reader
ALTER POLICY orders_of_reader ON orders USING (true);
-- policy.with_check public.orders.orders_of_clerk
ALTER POLICY orders_of_clerk ON orders WITH CHECK (true);
-- policy.roles public.orders.orders_of_reader
ALTER POLICY orders_of_reader ON orders TO reader, clerk;
-- policy.roles public.orders.orders_of_clerk
ALTER POLICY orders_of_clerk ON orders TO PUBLIC;
-- policy.permissive public.orders.orders_of_clerk
DROP POLICY orders_of_clerk ON orders;
CREATE POLICY orders_of_clerk ON orders FOR UPDATE TO clerk USING (true) WITH CHECK (total < 1000);
-- policy.command public.orders.orders_of_reader
DROP POLICY orders_of_reader ON orders;
CREATE POLICY orders_of_reader ON orders FOR DELETE TO reader USING (status <> 'new');
-- policy.renamed public.orders.orders_of_reader
ALTER POLICY orders_of_reader ON orders RENAME TO for_reader;
