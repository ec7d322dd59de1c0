//! The parameters that a database URL may have: those of our drivers, those of Kratos's connection
//! pool, and those of Go's drivers, which Kratos uses.
//!
//! A parameter of Go's drivers is ignored if it changes nothing that this service reads, and
//! nothing in the security of its connections. Otherwise it acts here, too, or is not in these
//! tables, and so is refused.
//!
//! - <https://github.com/mattn/go-sqlite3#connection-string>
//! - <https://pkg.go.dev/github.com/jackc/pgx/v5/pgconn#ParseConfig>
//! - <https://github.com/go-sql-driver/mysql#parameters>

use crate::config::database_url::kind::DatabaseKind;
use crate::config::database_url::pool_limits::PoolLimit;
use crate::config::database_url::values::Values;
use crate::config::database_url::values::Values::{
    Address, Any, Boolean, Connections, Duration, Exactly, False, Mapped, Number, OneOf, Port, Utc,
};

/// A parameter, with all its names.
pub(super) struct Known {
    pub names: &'static [&'static str],
    pub values: Values,
    pub effect: Effect,
    /// True if the value may be shown.
    pub is_harmless: bool,
}

pub(super) enum Effect {
    /// Passed to our driver.
    Driver,
    /// Passed to our driver under this name.
    DriverAs(&'static str),
    Pool(PoolLimit),
    Ignored,
}

type Names = &'static [&'static str];

const fn known(names: Names, values: Values) -> Known {
    Known { names, values, effect: Effect::Driver, is_harmless: true }
}

const fn secret(names: Names) -> Known {
    Known { names, values: Any, effect: Effect::Driver, is_harmless: false }
}

const fn renamed(names: Names, name: &'static str, values: Values) -> Known {
    Known { names, values, effect: Effect::DriverAs(name), is_harmless: true }
}

const fn pool(names: Names, limit: PoolLimit, values: Values) -> Known {
    Known { names, values, effect: Effect::Pool(limit), is_harmless: true }
}

/// A text is not shown, because nobody checks that it is no secret.
const fn ignored(names: Names, values: Values) -> Known {
    let is_harmless = !matches!(values, Any);
    Known { names, values, effect: Effect::Ignored, is_harmless }
}

/// Kratos's own parameters, for all databases
/// (<https://www.ory.com/docs/self-hosted/deployment>).
const POOL: &[Known] = &[
    pool(&["max_conns"], PoolLimit::Connections, Connections),
    pool(&["max_conn_lifetime"], PoolLimit::Lifetime, Duration),
    pool(&["max_conn_idle_time"], PoolLimit::IdleTime, Duration),
    // Idle connections are kept up to max_conn_idle_time.
    ignored(&["max_idle_conns"], Number),
];

const SQLITE: &[Known] = &[
    known(&["mode"], Exactly(&["ro", "rw", "rwc", "memory"])),
    known(&["immutable"], Exactly(&["true", "1", "false", "0"])),
    known(&["vfs"], Any),
    // A shared cache locks whole tables, and readers would fail.
    ignored(&["cache"], Exactly(&["private", "shared"])),
    // Foreign keys are always checked.
    ignored(&["_fk", "_foreign_keys"], Boolean),
    ignored(&["_busy_timeout", "_timeout"], Number),
    ignored(&["_journal_mode", "_journal"], Any),
    ignored(&["_synchronous", "_sync"], Any),
    ignored(&["_locking_mode", "_locking"], Any),
    ignored(&["_txlock"], Any),
    ignored(&["_mutex"], Any),
    ignored(&["_auto_vacuum", "_vacuum"], Any),
    ignored(&["_cache_size"], Any),
    ignored(&["_case_sensitive_like", "_cslike"], Boolean),
    ignored(&["_defer_foreign_keys", "_defer_fk"], Boolean),
    ignored(&["_ignore_check_constraints"], Boolean),
    ignored(&["_query_only"], Boolean),
    ignored(&["_recursive_triggers", "_rt"], Boolean),
    ignored(&["_secure_delete"], Any),
    ignored(&["_writable_schema"], Boolean),
    ignored(&["_loc"], Utc),
];

/// The values of certificates and keys may be PEM text instead of the path of a file.
const POSTGRES: &[Known] = &[
    known(
        &["sslmode", "ssl-mode"],
        OneOf(&["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]),
    ),
    known(&["sslrootcert", "ssl-root-cert", "ssl-ca"], Any),
    known(&["sslcert", "ssl-cert"], Any),
    secret(&["sslkey", "ssl-key"]),
    known(&["host"], Any),
    known(&["hostaddr"], Address),
    known(&["port"], Port),
    known(&["dbname"], Any),
    renamed(&["database"], "dbname", Any),
    known(&["user"], Any),
    secret(&["password"]),
    known(&["application_name"], Any),
    secret(&["options"]),
    // It decides which tables are read.
    renamed(&["search_path"], "options[search_path]", Any),
    known(&["statement-cache-capacity"], Number),
    // The other values may select a standby, which can lag behind.
    ignored(&["target_session_attrs"], OneOf(&["any", "read-write", "primary"])),
    // The rest has counterparts in the settings, or is set for each connection anyway.
    ignored(&["connect_timeout"], Number),
    ignored(&["prefer_simple_protocol"], Boolean),
    ignored(&["default_query_exec_mode"], Any),
    ignored(&["statement_cache_mode"], Any),
    ignored(&["statement_cache_capacity"], Number),
    ignored(&["description_cache_capacity"], Number),
    ignored(&["statement_timeout"], Any),
    ignored(&["lock_timeout"], Any),
    ignored(&["idle_in_transaction_session_timeout"], Any),
    ignored(&["client_encoding"], Any),
    ignored(&["timezone", "TimeZone"], Any),
];

const MYSQL: &[Known] = &[
    known(
        &["ssl-mode", "sslmode"],
        OneOf(&["disabled", "preferred", "required", "verify_ca", "verify_identity"]),
    ),
    known(&["ssl-ca", "sslca"], Any),
    known(&["ssl-cert", "sslcert"], Any),
    secret(&["ssl-key", "sslkey"]),
    known(&["socket"], Any),
    known(&["timezone", "time-zone"], Any),
    known(&["statement-cache-capacity"], Number),
    // Other names are configurations that a Go program registers.
    renamed(
        &["tls"],
        "ssl-mode",
        Mapped(&[
            ("true", "VERIFY_IDENTITY"),
            ("skip-verify", "REQUIRED"),
            ("preferred", "PREFERRED"),
            ("false", "DISABLED"),
            ("1", "VERIFY_IDENTITY"),
            ("0", "DISABLED"),
        ]),
    ),
    ignored(&["loc"], Utc),
    // Connections always use utf8mb4, whatever Kratos's use. Columns have their own collations.
    ignored(&["charset"], Any),
    ignored(&["collation"], Any),
    // The columns have no zone.
    ignored(&["time_zone"], Any),
    ignored(&["parseTime"], Boolean),
    ignored(&["multiStatements"], Boolean),
    ignored(&["timeout"], Duration),
    ignored(&["readTimeout"], Duration),
    ignored(&["writeTimeout"], Duration),
    ignored(&["clientFoundRows"], Boolean),
    ignored(&["columnsWithAlias"], Boolean),
    ignored(&["interpolateParams"], Boolean),
    ignored(&["checkConnLiveness"], Boolean),
    ignored(&["rejectReadOnly"], Boolean),
    ignored(&["compress"], Boolean),
    ignored(&["allowAllFiles"], Boolean),
    ignored(&["maxAllowedPacket"], Number),
    ignored(&["timeTruncate"], Duration),
    ignored(&["connectionAttributes"], Any),
    ignored(&["allowNativePasswords"], Boolean),
    // Passwords are never sent in a weaker form.
    ignored(&["allowCleartextPasswords"], False),
    ignored(&["allowOldPasswords"], False),
    ignored(&["allowFallbackToPlaintext"], Boolean),
    ignored(&["transaction_isolation", "tx_isolation"], Any),
];

impl Known {
    pub(super) fn all(kind: DatabaseKind) -> impl Iterator<Item = &'static Self> {
        let of_drivers = match kind {
            DatabaseKind::Sqlite => SQLITE,
            DatabaseKind::Postgres => POSTGRES,
            DatabaseKind::MySql => MYSQL,
        };
        of_drivers.iter().chain(POOL)
    }

    pub(super) fn find(kind: DatabaseKind, name: &str) -> Option<&'static Self> {
        Self::all(kind).find(|known| known.names.contains(&name))
    }
}
