-- Every way to write a foreign key, each without an index.
CREATE TABLE users (id bigint PRIMARY KEY, tenant bigint, UNIQUE (tenant, id));

CREATE TABLE inline_keys (
    id      bigint PRIMARY KEY,
    user_id bigint REFERENCES users,  -- expect: lint.foreign_key_index
    boss_id bigint NOT NULL DEFAULT (0)
        CONSTRAINT boss REFERENCES public.users (id) ON DELETE SET NULL,  -- expect: lint.foreign_key_index
    "User"  bigint REFERENCES "users" (id),  -- expect: lint.foreign_key_index
    sizes   numeric(10, 2)[] DEFAULT ARRAY[1, 2] CHECK (sizes <> ARRAY[3, 4])
);

CREATE TABLE table_keys (
    tenant bigint,
    owner  bigint,
    FOREIGN KEY (tenant, owner) REFERENCES users (tenant, id),  -- expect: lint.foreign_key_index
    CHECK (tenant > 0),
    CONSTRAINT owner_key
        FOREIGN KEY (owner) REFERENCES users  -- expect: lint.foreign_key_index
);

CREATE UNLOGGED TABLE added_keys (a bigint, b bigint);
ALTER TABLE added_keys
    ADD FOREIGN KEY (a) REFERENCES users,  -- expect: lint.foreign_key_index
    ADD CONSTRAINT b_key FOREIGN KEY (b) REFERENCES users NOT VALID,  -- expect: lint.foreign_key_index
    ADD c bigint REFERENCES users,  -- expect: lint.foreign_key_index
    ADD COLUMN IF NOT EXISTS d bigint REFERENCES users (id),  -- expect: lint.foreign_key_index
    ALTER a SET NOT NULL;

-- A key or a table that is there already is not made again.
ALTER TABLE added_keys ADD COLUMN IF NOT EXISTS d bigint REFERENCES users;
CREATE TABLE IF NOT EXISTS public.inline_keys (new_id bigint REFERENCES users);
