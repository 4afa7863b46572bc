-- Everything that serves a foreign key.
CREATE TABLE served (
    a bigint PRIMARY KEY REFERENCES users,
    b bigint REFERENCES users UNIQUE,
    c bigint CONSTRAINT c_once UNIQUE REFERENCES users ON DELETE CASCADE,
    d bigint REFERENCES users,
    e bigint REFERENCES users,
    f bigint REFERENCES users,
    g bigint REFERENCES users,
    h bigint REFERENCES users,
    i bigint REFERENCES users,
    j bigint REFERENCES users,
    k bigint REFERENCES users,
    l bigint,
    m bigint REFERENCES users,
    FOREIGN KEY (k, l) REFERENCES users (tenant, id),
    CONSTRAINT d_once UNIQUE NULLS NOT DISTINCT (d, a) INCLUDE (b),
    EXCLUDE USING gist (e WITH =, box(point(a, a), point(b, b)) WITH &&) WHERE (e IS NOT NULL)
);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS f_once ON ONLY public.served USING btree (f, a);
CREATE INDEX ON served (g text_pattern_ops DESC NULLS LAST) WHERE g IS NOT NULL;
CREATE INDEX h_hash ON served USING hash (h);
ALTER TABLE served ADD PRIMARY KEY (i, a), ADD UNIQUE (j);
CREATE INDEX ON served (l, k, a) WHERE (k IS NOT NULL) AND (l IS NOT NULL);
CREATE INDEX ON served (k);
CREATE UNIQUE INDEX m_once ON served (m);
ALTER TABLE served ADD CONSTRAINT m_once UNIQUE USING INDEX m_once;

CREATE TABLE booked (
    room   bigint,
    during tstzrange,
    FOREIGN KEY (room, PERIOD during) REFERENCES rooms (id, PERIOD open),
    PRIMARY KEY (room, during WITHOUT OVERLAPS)
);

CREATE TABLE served_later (
    user_id bigint REFERENCES users
);

CREATE TABLE added (id bigint);
ALTER TABLE added * ADD COLUMN IF NOT EXISTS "a" bigint REFERENCES users;
ALTER TABLE ONLY added ADD b bigint REFERENCES users;
ALTER TABLE IF EXISTS public.added ADD COLUMN c bigint REFERENCES users;
CREATE INDEX ON added (A);
CREATE INDEX ON added ("b");
CREATE INDEX ON added (c);

-- Neither a temporary table nor what is no definition at all counts.
CREATE TEMP TABLE draft (user_id bigint REFERENCES users);
CREATE TABLE copied AS SELECT id FROM users;
CREATE TABLE listed (id, name) AS SELECT id, tenant FROM users;
CREATE TABLE typed OF user_type (PRIMARY KEY (id));
