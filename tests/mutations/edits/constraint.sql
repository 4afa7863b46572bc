-- constraint.missing public.customers.customers_score_check
ALTER TABLE customers DROP CONSTRAINT customers_score_check;
-- constraint.extra public.customers.customers_discount_check
ALTER TABLE customers ADD CONSTRAINT customers_discount_check CHECK (discount < 50);
-- constraint.renamed public.customers.customers_score_check
ALTER TABLE customers RENAME CONSTRAINT customers_score_check TO score_is_positive;
-- constraint.definition public.customers.customers_score_check
ALTER TABLE customers DROP CONSTRAINT customers_score_check;
ALTER TABLE customers ADD CONSTRAINT customers_score_check CHECK (score > 0);
-- constraint.definition public.orders.orders_status
ALTER TABLE orders DROP CONSTRAINT orders_status;
ALTER TABLE orders ADD CONSTRAINT orders_status CHECK (status IN ('new', 'paid', 'sent', 'lost'));
COMMENT ON CONSTRAINT orders_status ON orders IS 'The ways of an order';
-- constraint.comment public.orders.orders_status
COMMENT ON CONSTRAINT orders_status ON orders IS NULL;
-- constraint.missing public.customers.customers_email_key
ALTER TABLE customers DROP CONSTRAINT customers_email_key;
-- constraint.extra public.customers.customers_nickname_key
ALTER TABLE customers ADD CONSTRAINT customers_nickname_key UNIQUE (nickname);
-- constraint.missing public.cache.cache_pkey
ALTER TABLE cache DROP CONSTRAINT cache_pkey;
ALTER TABLE cache ALTER COLUMN key SET NOT NULL;
-- constraint.definition public.products.products_sku
ALTER TABLE products DROP CONSTRAINT products_sku;
ALTER TABLE products ADD CONSTRAINT products_sku UNIQUE (sku, size) INCLUDE (title);
-- constraint.definition public.products.products_sku
ALTER TABLE products DROP CONSTRAINT products_sku;
ALTER TABLE products ADD CONSTRAINT products_sku UNIQUE NULLS NOT DISTINCT (sku, size);
-- constraint.definition public.products.products_sku
ALTER TABLE products DROP CONSTRAINT products_sku;
ALTER TABLE products ADD CONSTRAINT products_sku UNIQUE NULLS NOT DISTINCT (size, sku) INCLUDE (title);
-- constraint.deferrable public.customers.customers_email_key
ALTER TABLE customers DROP CONSTRAINT customers_email_key;
ALTER TABLE customers ADD CONSTRAINT customers_email_key UNIQUE (email) DEFERRABLE;
-- constraint.no_inherit public.products.products_price
ALTER TABLE products DROP CONSTRAINT products_price;
ALTER TABLE products ADD CONSTRAINT products_price CHECK (price >= 0);
-- constraint.missing public.products.products_valid
ALTER TABLE products DROP CONSTRAINT products_valid;
-- constraint.definition public.products.products_valid
ALTER TABLE products DROP CONSTRAINT products_valid;
ALTER TABLE products ADD CONSTRAINT products_valid EXCLUDE USING gist (sku WITH =, valid WITH &&) WHERE (price > 0);
-- constraint.missing public.orders.orders_customer
ALTER TABLE orders DROP CONSTRAINT orders_customer;
-- constraint.on_delete public.orders.orders_customer
ALTER TABLE orders DROP CONSTRAINT orders_customer;
ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers DEFERRABLE INITIALLY DEFERRED;
-- constraint.on_update public.orders.orders_product
ALTER TABLE orders DROP CONSTRAINT orders_product;
ALTER TABLE orders ADD CONSTRAINT orders_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE SET NULL;
-- constraint.deferrable public.orders.orders_customer
ALTER TABLE orders ALTER CONSTRAINT orders_customer NOT DEFERRABLE;
-- constraint.initially_deferred public.orders.orders_customer
ALTER TABLE orders ALTER CONSTRAINT orders_customer DEFERRABLE INITIALLY IMMEDIATE;
-- constraint.validated public.orders.orders_total
ALTER TABLE orders VALIDATE CONSTRAINT orders_total;
-- constraint.validated public.customers.customers_name_check
ALTER TABLE customers DROP CONSTRAINT customers_name_check;
ALTER TABLE customers ADD CONSTRAINT customers_name_check CHECK (name <> '') NOT VALID;
-- constraint.validated public.orders.orders_product
ALTER TABLE orders DROP CONSTRAINT orders_product;
ALTER TABLE orders ADD CONSTRAINT orders_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE SET NULL ON UPDATE CASCADE NOT VALID;
-- constraint.extra public.orders.orders_placed_by
ALTER TABLE orders ADD CONSTRAINT orders_placed_by FOREIGN KEY (customer_id) REFERENCES customers;
-- constraint.definition public.orders.orders_product
ALTER TABLE orders DROP CONSTRAINT orders_product;
ALTER TABLE orders ADD CONSTRAINT orders_product FOREIGN KEY (product_id) REFERENCES customers (id) ON DELETE SET NULL ON UPDATE CASCADE;
-- constraint.options public.cache.cache_pkey
ALTER INDEX cache_pkey SET (fillfactor = 70);
-- constraint.clustered public.products.products_pkey
ALTER TABLE products SET WITHOUT CLUSTER;
