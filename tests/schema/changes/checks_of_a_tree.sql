CREATE TABLE base (a integer, CONSTRAINT going CHECK (a > 0), CONSTRAINT own CHECK (a > 1), CONSTRAINT changing CHECK (a > 2),
                   CONSTRAINT alone CHECK (a > 3) NO INHERIT);
CREATE TABLE child (CONSTRAINT own CHECK (a > 1)) INHERITS (base);
CREATE TABLE other (CONSTRAINT own CHECK (a > 1), CONSTRAINT coming CHECK (a < 9)) INHERITS (base);
-- after
CREATE TABLE base (a integer, CONSTRAINT changing CHECK (a > 20), CONSTRAINT alone CHECK (a > 3), CONSTRAINT coming CHECK (a < 9));
CREATE TABLE child (CONSTRAINT own CHECK (a > 1)) INHERITS (base);
CREATE TABLE other () INHERITS (base);
