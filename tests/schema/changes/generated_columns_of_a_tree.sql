CREATE TABLE base (n smallint, g numeric GENERATED ALWAYS AS (n * 2) STORED);
CREATE TABLE kid () INHERITS (base);
CREATE TABLE grandkid (g numeric) INHERITS (kid);
CREATE INDEX kid_g ON kid (g);
CREATE TABLE whole (n smallint, h numeric) PARTITION BY LIST (n);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
-- after
CREATE TABLE base (n bigint, g bigint GENERATED ALWAYS AS (n * 2) STORED);
CREATE TABLE kid () INHERITS (base);
CREATE TABLE grandkid (g bigint) INHERITS (kid);
CREATE INDEX kid_g ON kid (g);
CREATE TABLE whole (n smallint, h bigint GENERATED ALWAYS AS (n + 1) STORED) PARTITION BY LIST (n);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
