-- Networks are tenants. A database has one, unless someone adds more. The tables are those of
-- Ory Kratos that sessions need, with the same names and types, so that one SQL text serves both.
-- Ids are hyphenated lower-case text. Times are text such as 2026-11-23 09:35:05.174494+00:00,
-- always in UTC and without trailing zeros in the fraction, so that they sort as times.
CREATE TABLE IF NOT EXISTS networks (
    id TEXT NOT NULL PRIMARY KEY,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL
) WITHOUT ROWID;
