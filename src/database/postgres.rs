//! The driver for PostgreSQL and for databases that speak its protocol.

mod at_once;
mod rows;
mod watch;

use std::borrow::Cow;
use std::str::FromStr as _;
use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgQueryResult, PgRow};
use sqlx::query::Query;
use sqlx::types::Json as SqlJson;
use sqlx::{AssertSqlSafe, Postgres as Dialect, SqlSafeStr as _};

use crate::config;
use crate::database::decode;
use crate::database::driver::{
    Argument, Driver, SelectForUpdate, Selected, SelectedForUpdate, Statement, Step, Written,
};
use crate::database::error::OpenError;
use crate::database::hosts::Hosts;
use crate::database::migrations::run;
use crate::database::migrations::run::Runner;
use crate::database::migrations::versions::{BesideKratos, Version};
use crate::database::pool::select_for_update::BoundSelectForUpdate;
use crate::database::pool::{BoundStep, Connector, Need, Pool, Setting, without_zone};
use crate::database::startup::Startup;
use crate::database::statements::replicas;
use crate::metrics::PoolState;
use crate::repository::RepositoryError;
use crate::session::Json;
use at_once::CombinedTexts;
use watch::Watch;

/// Planner settings. A list is a walk along an index, to the end of the page and no further.
///
/// - The planner cannot know how many sessions an identity has, assumes few, and prefers to fetch
///   and sort all of them: 36 ms instead of 2 ms if there are 40,000. So bitmap scans and sorts
///   are off.
/// - Statements are planned once per connection, because planning takes as long as running. So
///   sequential scans are off, too: a table may be small only as long as it is new.
/// - If there is no other way, as in a small table without an index, the plan counts as so costly
///   that PostgreSQL would compile it, which takes 80 to 400 ms. So JIT is off.
const PLANNER: &str = "
SET enable_bitmapscan = off;
SET enable_seqscan = off;
SET enable_sort = off;
SET plan_cache_mode = force_generic_plan;
SET jit = off";

const SETTINGS: &[Setting] = &[
    Setting { name: "plan_cache_mode", sql: PLANNER, need: Need::Wanted },
    // An answered write is durable, on a standby too if the server waits for one, whatever the
    // server's default.
    Setting {
        name: "synchronous_commit",
        sql: "SELECT set_config('synchronous_commit', 'on', FALSE)
              WHERE current_setting('synchronous_commit') IN ('off', 'local')",
        need: Need::Required,
    },
    // A migration of Kratos may lock several tables in one transaction, and a statement that holds
    // one of them waits for another. PostgreSQL ends the transaction that has waited for
    // `deadlock_timeout`, 1 s by default. So this one gives way before, and is retried.
    Setting { name: "lock_timeout", sql: "SET lock_timeout = '500ms'", need: Need::Wanted },
    // A statement that waits for a lock ends after its caller gave up. PostgreSQL 14 and later.
    Setting {
        name: "client_connection_check_interval",
        sql: "SET client_connection_check_interval = '1s'",
        need: Need::Wanted,
    },
];

/// Writes a message that nobody reads to the write-ahead log, in a transaction. Its commit waits
/// for the disk and for standbys, like any other. (A transaction id alone is not enough: a
/// transaction that has written nothing waits for nothing.)
const BARRIER: &str = "SELECT pg_logical_emit_message(TRUE, 'elsewhere', '')";

const RUNNER: Runner<Dialect> = Runner {
    first: &[
        "SET idle_in_transaction_session_timeout = '2s'",
        // A migration that waits for a lock makes all later sessions wait behind it.
        "SET lock_timeout = '3s'",
    ],
    // The holder's own heartbeats do not wait for this lock, but a delete does.
    fence: "SELECT turn FROM elsewhere_migrating WHERE holder = '{holder}' FOR KEY SHARE",
    text: |version| version.postgres,
    done: |_| None,
    affected: PgQueryResult::rows_affected,
};

/// A pool of connections to a PostgreSQL server.
pub(super) struct Postgres {
    pool: Pool<Dialect>,
    combined: CombinedTexts,
    /// Set if there are several servers.
    _watch: Option<Watch>,
}

impl Postgres {
    pub(super) async fn connect(
        settings: &config::Database,
        startup: &Startup,
    ) -> Result<Self, OpenError> {
        let hosts = Arc::new(Hosts::read(&settings.url, PgConnectOptions::from_str)?);
        let connector = Connector {
            hosts: Arc::clone(&hosts),
            settings: SETTINGS,
            takes_writes: "SELECT 1 WHERE NOT pg_is_in_recovery()",
            begin: "BEGIN".into_sql_str(),
            written: PgQueryResult::rows_affected,
            barrier: Some(BARRIER),
            limits: settings.url.pool_limits(),
        };
        let pool = Pool::new(connector, settings.max_connections, settings)?;
        let watch = if hosts.are_several() { Some(Watch::start(hosts).await) } else { None };
        pool.wait(startup).await?;
        Ok(Self { pool, combined: CombinedTexts::default(), _watch: watch })
    }
}

impl Driver for Postgres {
    type Row<'a> = PgRow;

    const BY_EMAIL: &'static str = "
        SELECT i.id, i.traits ->> 'email'
        FROM identities i
        WHERE i.nid = $1 AND LOWER(i.traits ->> 'email') LIKE $2 ESCAPE '!'";

    const VERSION: &'static str = "SELECT 'PostgreSQL ' || CURRENT_SETTING('server_version')";

    const READY: &'static str = "
        SELECT id
        FROM networks
        WHERE NOT pg_is_in_recovery()
        LIMIT 1";

    // The timeline, as in [`watch`]. An error on a standby.
    const LOOK: &'static str =
        replicas::look_text!("SUBSTR(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)");
    const RENEW: &'static str =
        replicas::renew_text!("SUBSTR(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)");

    const BESIDE_KRATOS: BesideKratos = BesideKratos::POSTGRES;

    // Not from information_schema, which only shows objects that this user may use.
    const COLUMNS: &'static str = "
        SELECT CAST(c.relname AS TEXT), CAST(a.attname AS TEXT)
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND a.attnum > 0 AND NOT a.attisdropped";

    const GRANTEE: Option<&'static str> =
        Some("SELECT CAST(quote_ident(CAST(current_user AS TEXT)) AS TEXT), CAST('' AS TEXT)");

    const HIDDEN_SCHEMAS: Option<&'static str> = Some(
        "SELECT CAST(quote_ident(CAST(n.nspname AS TEXT)) AS TEXT)
         FROM pg_catalog.pg_namespace n
         WHERE NOT has_schema_privilege(n.oid, 'USAGE')
           AND n.nspname = ANY (string_to_array(replace(replace(replace(
               current_setting('search_path'), '\"$user\"', current_user), '\"', ''), ' ', ''), ','))",
    );

    async fn fetch<T: Send>(
        &self,
        statement: Statement<'_>,
        read: impl FnOnce(&[PgRow]) -> Result<T, RepositoryError> + Send,
    ) -> Result<T, RepositoryError> {
        read(&self.pool.fetch_all(|| bound(&statement)).await?)
    }

    async fn execute(&self, steps: Vec<Step<'_>>) -> Result<Written, RepositoryError> {
        self.pool.execute(|| steps.iter().map(bound_step).collect()).await
    }

    async fn select_for_update<T: Selected>(
        &self,
        work: SelectForUpdate<'_, T>,
    ) -> Result<SelectedForUpdate<T>, RepositoryError> {
        let SelectForUpdate { first, select, then, at_once } = work;
        let work = BoundSelectForUpdate {
            first: || first.iter().map(bound_step).collect(),
            select: || bound(&select),
            read: decode::all::<T, PgRow>,
            then: |selected: &[T]| match then(selected) {
                statements if at_once && can_be_combined(&statements) => self.combined(&statements),
                statements => statements.iter().map(bound).collect(),
            },
        };
        self.pool.select_for_update(work).await
    }

    fn pools(&self) -> Vec<PoolState> {
        vec![self.pool.state("server")]
    }

    fn forget_connections(&self) {
        self.pool.forget_idle();
    }

    async fn close(&self) {
        self.pool.close().await;
    }

    async fn migrate(&self, versions: &[Version]) -> Result<(), OpenError> {
        run::on_server(self, &self.pool, &RUNNER, versions).await
    }
}

type BoundQuery = Query<'static, Dialect, PgArguments>;

fn bound(statement: &Statement<'_>) -> Result<BoundQuery, RepositoryError> {
    statement.arguments.iter().try_fold(sqlx::query(statement.text), bind)
}

fn bound_step(
    Step { statement, if_wrote }: &Step<'_>,
) -> Result<BoundStep<Dialect>, RepositoryError> {
    Ok(BoundStep { query: bound(statement)?, if_wrote: if_wrote.clone() })
}

/// A query may have 65,535 arguments.
fn can_be_combined(statements: &[Statement<'_>]) -> bool {
    let arguments: usize = statements.iter().map(|one| one.arguments.len()).sum();
    statements.len() > 1 && u16::try_from(arguments).is_ok()
}

impl Postgres {
    /// Statements as one query.
    fn combined(&self, statements: &[Statement<'_>]) -> Result<Vec<BoundQuery>, RepositoryError> {
        let query = sqlx::query(AssertSqlSafe(self.combined.of(statements)));
        let arguments = statements.iter().flat_map(|statement| &statement.arguments);
        Ok(vec![arguments.into_iter().try_fold(query, bind)?])
    }
}

fn bind(query: BoundQuery, argument: &Argument<'_>) -> Result<BoundQuery, RepositoryError> {
    let text = |text: &Cow<'_, str>| text.clone().into_owned();
    Ok(match argument {
        Argument::Id(id) => query.bind(*id),
        Argument::OptionalId(id) => query.bind(*id),
        Argument::Text(value) => query.bind(text(value)),
        Argument::OptionalText(value) => query.bind(value.as_ref().map(text)),
        Argument::Json(json) => query.bind(parsed(json)?),
        Argument::OptionalJson(json) => query.bind(json.as_deref().map(parsed).transpose()?),
        Argument::Number(number) => query.bind(*number),
        Argument::Flag(flag) => query.bind(*flag),
        Argument::OptionalTime(time) => query.bind(time.map(without_zone)),
        Argument::Time(time) | Argument::EarliestForm(time) | Argument::LatestForm(time) => {
            query.bind(without_zone(*time))
        }
    })
}

fn parsed(json: &str) -> Result<SqlJson<Json>, RepositoryError> {
    let json = serde_json::from_str(json).map(SqlJson);
    json.map_err(|error| RepositoryError::Unexpected(error.into()))
}
