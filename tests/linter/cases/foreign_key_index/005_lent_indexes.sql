-- A partition has the indexes of the whole, a copy those of its model.
CREATE TABLE whole (user_id bigint REFERENCES users, at date) PARTITION BY RANGE (at);
CREATE TABLE first_half PARTITION OF whole FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE second_half (user_id bigint REFERENCES users, at date);
ALTER TABLE whole ATTACH PARTITION public.second_half FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
CREATE TABLE odd PARTITION OF whole (FOREIGN KEY (user_id) REFERENCES users) DEFAULT;
CREATE TABLE first_quarter PARTITION OF first_half (user_id REFERENCES tenants) DEFAULT;
CREATE INDEX ON whole (user_id);

CREATE TABLE copy (LIKE whole INCLUDING ALL, FOREIGN KEY (user_id) REFERENCES users);
CREATE TABLE copy_too (LIKE public.whole INCLUDING INDEXES, FOREIGN KEY (user_id) REFERENCES users);
CREATE TABLE bare (
    LIKE whole INCLUDING ALL EXCLUDING INDEXES,
    FOREIGN KEY (user_id) REFERENCES users  -- expect: lint.foreign_key_index
);
CREATE TABLE barer (
    LIKE whole,
    FOREIGN KEY (user_id) REFERENCES users  -- expect: lint.foreign_key_index
);
