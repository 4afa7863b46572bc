CREATE TABLE "Order" (id int PRIMARY KEY);
-- after
CREATE TABLE "Order" (id int PRIMARY KEY, "user" text, "Mixed Case" int CHECK ("Mixed Case" > 1));
CREATE TABLE "select" ("from" int PRIMARY KEY REFERENCES "Order");
CREATE INDEX "desc" ON "Order" ("user");
