-- Networks are tenants. A database has one, unless someone adds more. The tables are those of
-- Ory Kratos that sessions need, with the same names and types, so that one SQL text serves both.
-- Times are in UTC.
CREATE TABLE IF NOT EXISTS networks (
    id UUID NOT NULL PRIMARY KEY,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
