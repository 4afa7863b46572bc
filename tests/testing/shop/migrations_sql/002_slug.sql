-- Requires: auth.0001_initial
BEGIN;
ALTER TABLE product ADD COLUMN slug text NOT NULL DEFAULT '';
UPDATE product SET slug = lower(name);
CREATE TABLE buyer (user_id integer PRIMARY KEY REFERENCES auth_user);
COMMIT;

-- DOWN
-- BEGIN;
-- DROP TABLE buyer;
-- ALTER TABLE product DROP COLUMN slug;
-- COMMIT;
