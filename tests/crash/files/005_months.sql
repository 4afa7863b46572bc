-- Migration: 005_months.sql
-- Purpose: DO blocks in a transaction
BEGIN;
CREATE TABLE event (id integer NOT NULL, month integer NOT NULL) PARTITION BY LIST (month);
DO $$
BEGIN
    FOR month IN 1 .. 6 LOOP
        EXECUTE format('CREATE TABLE event_%s PARTITION OF event FOR VALUES IN (%s)', month, month);
    END LOOP;
END
$$;
DO $$
BEGIN
    INSERT INTO event SELECT n, 1 + n % 6 FROM generate_series(1, 6000) n;
END
$$;
COMMIT;
