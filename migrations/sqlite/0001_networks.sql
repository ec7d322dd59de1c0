-- Tenants. A database has one, unless someone adds more. The tables are those of Ory Kratos
-- that sessions need, with its names and types, so that one SQL text serves both. Ids are
-- hyphenated lower-case text; times are text such as 2026-11-23 09:35:05.174494+00:00, always
-- UTC, zeros at the end of the fraction cut, which sorts as the times do.
CREATE TABLE IF NOT EXISTS networks (
    id TEXT NOT NULL PRIMARY KEY,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
) WITHOUT ROWID;
