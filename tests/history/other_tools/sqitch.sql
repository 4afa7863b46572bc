-- tool: Sqitch
-- last: add_phone
CREATE SCHEMA sqitch;
CREATE TABLE sqitch.releases (
    version real NOT NULL PRIMARY KEY,
    installed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    installer_name text NOT NULL,
    installer_email text NOT NULL
);
CREATE TABLE sqitch.projects (
    project text NOT NULL PRIMARY KEY,
    uri text UNIQUE,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    creator_name text NOT NULL,
    creator_email text NOT NULL
);
CREATE TABLE sqitch.changes (
    change_id text NOT NULL PRIMARY KEY,
    script_hash text,
    change text NOT NULL,
    project text NOT NULL REFERENCES sqitch.projects (project) ON UPDATE CASCADE,
    note text DEFAULT '' NOT NULL,
    committed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    committer_name text NOT NULL,
    committer_email text NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    planner_name text NOT NULL,
    planner_email text NOT NULL,
    UNIQUE (project, script_hash)
);
CREATE TABLE sqitch.tags (
    tag_id text NOT NULL PRIMARY KEY,
    tag text NOT NULL,
    project text NOT NULL REFERENCES sqitch.projects (project) ON UPDATE CASCADE,
    change_id text NOT NULL REFERENCES sqitch.changes (change_id) ON UPDATE CASCADE,
    note text DEFAULT '' NOT NULL,
    committed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    committer_name text NOT NULL,
    committer_email text NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    planner_name text NOT NULL,
    planner_email text NOT NULL,
    UNIQUE (project, tag)
);
CREATE TABLE sqitch.dependencies (
    change_id text NOT NULL
        REFERENCES sqitch.changes (change_id) ON UPDATE CASCADE ON DELETE CASCADE,
    type text NOT NULL,
    dependency text NOT NULL,
    dependency_id text REFERENCES sqitch.changes (change_id) ON UPDATE CASCADE
        CHECK ((type = 'require' AND dependency_id IS NOT NULL)
            OR (type = 'conflict' AND dependency_id IS NULL)),
    PRIMARY KEY (change_id, dependency)
);
CREATE TABLE sqitch.events (
    event text NOT NULL CHECK (event IN ('deploy', 'revert', 'fail', 'merge')),
    change_id text NOT NULL,
    change text NOT NULL,
    project text NOT NULL REFERENCES sqitch.projects (project) ON UPDATE CASCADE,
    note text DEFAULT '' NOT NULL,
    requires text[] DEFAULT '{}' NOT NULL,
    conflicts text[] DEFAULT '{}' NOT NULL,
    tags text[] DEFAULT '{}' NOT NULL,
    committed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    committer_name text NOT NULL,
    committer_email text NOT NULL,
    planned_at timestamp with time zone NOT NULL,
    planner_name text NOT NULL,
    planner_email text NOT NULL,
    PRIMARY KEY (change_id, committed_at)
);
INSERT INTO sqitch.projects (project, creator_name, creator_email) VALUES ('shop', 'Ann', 'a@b.c');
INSERT INTO sqitch.changes
VALUES ('a1', 'h1', 'users', 'shop', '', '2024-01-01', 'Ann', 'a@b.c', now(), 'Ann', 'a@b.c'),
       ('a2', 'h2', 'add_phone', 'shop', '', '2024-01-02', 'Ann', 'a@b.c', now(), 'Ann', 'a@b.c');
