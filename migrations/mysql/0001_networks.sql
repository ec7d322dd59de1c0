-- Networks are tenants. A database has one, unless someone adds more. The tables are those of
-- Ory Kratos that sessions need, with the same names and shapes, so that one SQL text serves both.
-- Times are in UTC, with microseconds, which Kratos's tables lack on MySQL. Ids and tokens are
-- compared byte by byte.
CREATE TABLE IF NOT EXISTS networks (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
