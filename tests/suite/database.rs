//! Tests of schemas, migrations, statements and connections.

pub mod connection_settings;
pub mod grants;
pub mod interleaved;
pub mod kratos_dsn;
pub mod kratos_migrations;
pub mod kratos_versions;
pub mod late_answers;
pub mod late_tables;
pub mod lost_answers;
pub mod migrations;
pub mod plans;
pub mod prune;
pub mod schemas;
pub mod sqlite_file;
pub mod table_changes;
pub mod tls;
pub mod upgrade;
