-- column.missing public.customers.notes
ALTER TABLE customers DROP COLUMN notes;
-- column.extra public.customers.phone
ALTER TABLE customers ADD COLUMN phone text;
-- column.extra public.customers.vip
ALTER TABLE customers ADD COLUMN vip boolean NOT NULL DEFAULT false;
-- column.renamed public.customers.notes
ALTER TABLE customers RENAME COLUMN notes TO remarks;
-- column.renamed public.orders.status
ALTER TABLE orders RENAME COLUMN status TO state;
-- column.renamed public.customers.name
ALTER TABLE customers RENAME COLUMN name TO full_name;
-- column.type public.animals.name
ALTER TABLE animals ALTER COLUMN name TYPE varchar(10);
-- column.type public.products.price
ALTER TABLE products ALTER COLUMN price TYPE numeric(8, 2);
-- column.type public.customers.score
ALTER TABLE customers ALTER COLUMN score TYPE bigint;
-- column.type public.customers.joined_at
ALTER TABLE customers ALTER COLUMN joined_at TYPE timestamp;
-- column.type public.products.sku
ALTER TABLE products ALTER COLUMN sku TYPE varchar;
-- column.type public.products.tags
ALTER TABLE products ALTER COLUMN tags TYPE varchar(20)[];
-- column.nullable public.customers.name
ALTER TABLE customers ALTER COLUMN name DROP NOT NULL;
-- column.nullable public.customers.notes
ALTER TABLE customers ALTER COLUMN notes SET NOT NULL;
-- column.default public.customers.score
ALTER TABLE customers ALTER COLUMN score SET DEFAULT 1;
-- column.default public.customers.mood
ALTER TABLE customers ALTER COLUMN mood DROP DEFAULT;
-- column.default public.customers.notes
ALTER TABLE customers ALTER COLUMN notes SET DEFAULT '';
-- column.default public.products.id
ALTER TABLE products ALTER COLUMN id DROP DEFAULT;
-- column.default public.products.tags
ALTER TABLE products ALTER COLUMN tags SET DEFAULT '{new}';
-- column.identity public.customers.id
ALTER TABLE customers ALTER COLUMN id SET GENERATED ALWAYS;
-- column.identity public.orders.id
ALTER TABLE orders ALTER COLUMN id DROP IDENTITY;
-- column.identity_options public.customers.id
ALTER TABLE customers ALTER COLUMN id SET INCREMENT BY 2;
-- column.generated public.customers.name_length
ALTER TABLE customers ALTER COLUMN name_length DROP EXPRESSION;
-- column.generated public.customers.name_length
ALTER TABLE customers DROP COLUMN name_length;
ALTER TABLE customers ADD COLUMN name_length integer GENERATED ALWAYS AS (length(name) + 1) STORED;
-- column.collation public.customers.nickname
ALTER TABLE customers ALTER COLUMN nickname TYPE text COLLATE "C";
-- column.collation public.products.title
ALTER TABLE products ALTER COLUMN title TYPE text COLLATE "C";
-- column.comment public.customers.nickname
COMMENT ON COLUMN customers.nickname IS 'Other words';
-- column.comment public.customers.email
COMMENT ON COLUMN customers.email IS 'Where to write';
-- column.storage public.customers.photo
ALTER TABLE customers ALTER COLUMN photo SET STORAGE EXTENDED;
-- column.storage public.customers.notes
ALTER TABLE customers ALTER COLUMN notes SET STORAGE MAIN;
-- column.compression public.customers.notes
ALTER TABLE customers ALTER COLUMN notes SET COMPRESSION default;
-- column.statistics public.customers.name
ALTER TABLE customers ALTER COLUMN name SET STATISTICS -1;
-- column.statistics public.orders.status
ALTER TABLE orders ALTER COLUMN status SET STATISTICS 100;
-- column.options public.customers.score
ALTER TABLE customers ALTER COLUMN score RESET (n_distinct);
-- column.options public.orders.total
ALTER TABLE orders ALTER COLUMN total SET (n_distinct = -0.5);
-- column.type public.branch_orders.total
ALTER FOREIGN TABLE branch_orders ALTER COLUMN total TYPE text;
-- column.options public.branch_orders.total
ALTER FOREIGN TABLE branch_orders ALTER COLUMN total OPTIONS (column_name 'sum');
