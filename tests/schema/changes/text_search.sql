-- roles: search_owner
CREATE SCHEMA app;
CREATE TEXT SEARCH PARSER app.words (START = prsd_start, GETTOKEN = prsd_nexttoken,
    END = prsd_end, LEXTYPES = prsd_lextype);
COMMENT ON TEXT SEARCH PARSER app.words IS 'as the default one';
CREATE TEXT SEARCH PARSER gone (START = prsd_start, GETTOKEN = prsd_nexttoken,
    END = prsd_end, HEADLINE = prsd_headline, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE app.plain (LEXIZE = dsimple_lexize);
COMMENT ON TEXT SEARCH TEMPLATE app.plain IS 'without options';
CREATE TEXT SEARCH DICTIONARY app.english (TEMPLATE = snowball, LANGUAGE = english,
    StopWords = english);
COMMENT ON TEXT SEARCH DICTIONARY app.english IS 'stems';
CREATE TEXT SEARCH DICTIONARY "Exact" (TEMPLATE = simple, ACCEPT = false);
CREATE TEXT SEARCH DICTIONARY retold (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION app.search (PARSER = app.words);
ALTER TEXT SEARCH CONFIGURATION app.search ADD MAPPING FOR asciiword, word, int
    WITH app.english, "Exact";
COMMENT ON TEXT SEARCH CONFIGURATION app.search IS 'for the shop';
CREATE TEXT SEARCH CONFIGURATION copied (COPY = pg_catalog.simple);
CREATE TABLE t (words text);
CREATE INDEX by_words ON t USING gin (to_tsvector('app.search', words));
-- after
CREATE SCHEMA app;
CREATE TEXT SEARCH PARSER app.words (START = prsd_start, GETTOKEN = prsd_nexttoken,
    END = prsd_end, HEADLINE = prsd_headline, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE app.plain (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH TEMPLATE "Made" (INIT = dsimple_init, LEXIZE = dsimple_lexize);
COMMENT ON TEXT SEARCH TEMPLATE "Made" IS 'it''s made';
CREATE TEXT SEARCH DICTIONARY app.english (TEMPLATE = snowball, LANGUAGE = german);
ALTER TEXT SEARCH DICTIONARY app.english OWNER TO search_owner;
CREATE TEXT SEARCH DICTIONARY retold (TEMPLATE = "Made", STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION app.search (PARSER = app.words);
ALTER TEXT SEARCH CONFIGURATION app.search OWNER TO search_owner;
ALTER TEXT SEARCH CONFIGURATION app.search ADD MAPPING FOR asciiword WITH app.english;
ALTER TEXT SEARCH CONFIGURATION app.search ADD MAPPING FOR word, url_path WITH retold, simple;
CREATE TEXT SEARCH CONFIGURATION copied (PARSER = pg_catalog.default);
ALTER TEXT SEARCH CONFIGURATION copied ADD MAPPING FOR asciiword WITH english_stem;
COMMENT ON TEXT SEARCH CONFIGURATION copied IS 'it''s short';
CREATE TABLE t (words text);
CREATE INDEX by_words ON t USING gin (to_tsvector('app.search', words));
