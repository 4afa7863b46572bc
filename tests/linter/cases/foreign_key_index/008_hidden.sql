-- What no text shows is not seen: no guess is made.
DO $$ BEGIN EXECUTE 'CREATE TABLE hidden (user_id bigint REFERENCES users)'; END $$;
ALTER TABLE hidden ALTER COLUMN user_id SET NOT NULL;
SELECT 1;
