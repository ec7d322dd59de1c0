//! The driver for MySQL and MariaDB.

mod hints;
mod placeholders;
mod rows;

use std::borrow::Cow;
use std::str::FromStr as _;
use std::sync::Arc;

use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlQueryResult, MySqlRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, MySql as Dialect, SqlSafeStr as _};

use crate::config;
use crate::database::decode;
use crate::database::driver::{
    Argument, Driver, SelectForUpdate, Selected, SelectedForUpdate, Statement, Step, Written,
};
use crate::database::driver_error::names_no_index;
use crate::database::error::OpenError;
use crate::database::hosts::Hosts;
use crate::database::migrations::run;
use crate::database::migrations::run::Runner;
use crate::database::migrations::versions::{BesideKratos, Version};
use crate::database::pool::select_for_update::BoundSelectForUpdate;
use crate::database::pool::{BoundStep, Connector, Need, Pool, Setting, without_zone};
use crate::database::startup::Startup;
use crate::database::statement_cache::StatementCache;
use crate::database::statements::replicas;
use crate::metrics::PoolState;
use crate::repository::RepositoryError;
use hints::Hints;

const SETTINGS: &[Setting] = &[
    // No locks on gaps between rows: with them, first sign-ins of different people would conflict.
    // Each statement also sees everything that was committed before it.
    Setting {
        name: "transaction_isolation",
        sql: "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        need: Need::Required,
    },
    // On a Galera cluster, every statement waits until its node has what other nodes wrote before:
    // a session revoked on one node is revoked on all. Without a cluster nothing waits. MySQL does
    // not know this variable.
    Setting {
        name: "wsrep_sync_wait",
        sql: "SET SESSION wsrep_sync_wait = 7",
        need: Need::RequiredWhereKnown,
    },
    // Another server after a failover, but the same one for all nodes of a Galera cluster, of which
    // none lacks a commit of another.
    Setting {
        name: "elsewhere_server",
        sql: "SET @elsewhere_server = CONCAT(@@hostname, ':', @@port, ':', @@server_id)",
        need: Need::Required,
    },
    Setting {
        name: "wsrep_cluster_name",
        sql: "SET @elsewhere_server =
              IF(@@global.wsrep_on, @@global.wsrep_cluster_name, @elsewhere_server)",
        need: Need::RequiredWhereKnown,
    },
    // A statement that waits for a lock continues after its caller gave up. These limits end it.
    Setting {
        name: "lock_wait_timeout",
        sql: "SET SESSION innodb_lock_wait_timeout = 3, lock_wait_timeout = 10",
        need: Need::Wanted,
    },
];

const RUNNER: Runner<Dialect> = Runner {
    first: &[
        "SET SESSION wait_timeout = 2",
        // A migration that waits for a lock makes all later sessions wait behind it.
        "SET SESSION lock_wait_timeout = 3",
    ],
    // The row is locked until the DDL statement, which commits before it begins.
    fence: "UPDATE elsewhere_migrating SET beat = UUID() WHERE holder = '{holder}'",
    text: |version| version.mysql,
    done: |version| version.mysql_done,
    affected: MySqlQueryResult::rows_affected,
};

/// A pool of connections to a MySQL or MariaDB server.
pub(super) struct MySql {
    pool: Pool<Dialect>,
    texts: StatementCache<placeholders::Numbered>,
    hints: Hints,
}

impl MySql {
    pub(super) async fn connect(
        settings: &config::Database,
        startup: &Startup,
    ) -> Result<Self, OpenError> {
        let options = |url: &str| Ok(MySqlConnectOptions::from_str(url)?.charset("utf8mb4"));
        let connector = Connector {
            hosts: Arc::new(Hosts::read(&settings.url, options)?),
            settings: SETTINGS,
            takes_writes: "SELECT 1 FROM DUAL WHERE CONCAT(@@global.read_only) IN ('0', 'OFF')",
            begin: "BEGIN".into_sql_str(),
            written: MySqlQueryResult::rows_affected,
            barrier: None,
            limits: settings.url.pool_limits(),
        };
        let pool = Pool::new(connector, settings.max_connections, settings)?;
        pool.wait(startup).await?;
        Ok(Self { pool, texts: StatementCache::default(), hints: Hints::default() })
    }

    fn query(&self, statement: &Statement<'_>) -> BoundQuery {
        let rewrite = |text: &str| placeholders::rewrite(&self.hints.apply(text));
        let (text, order) = &*self.texts.get_or_rewrite(statement.text, rewrite);
        let query = sqlx::query(AssertSqlSafe(Arc::clone(text)));
        order.iter().filter_map(|nth| statement.arguments.get(*nth)).fold(query, bind)
    }

    fn bound(&self, steps: &[Step<'_>]) -> Vec<BoundStep<Dialect>> {
        let bound = |Step { statement, if_wrote }: &Step<'_>| BoundStep {
            query: self.query(statement),
            if_wrote: if_wrote.clone(),
        };
        steps.iter().map(bound).collect()
    }

    async fn load_hints(&self) -> Result<(), RepositoryError> {
        let rows = self.pool.fetch_all(|| Ok(sqlx::query(hints::INDEXES))).await?;
        self.hints.load(&rows);
        self.texts.clear();
        Ok(())
    }
}

impl Driver for MySql {
    type Row<'a> = MySqlRow;

    const BY_EMAIL: &'static str = "
        SELECT i.id, JSON_VALUE(i.traits, '$.email')
        FROM identities i
        WHERE i.nid = $1 AND LOWER(JSON_VALUE(i.traits, '$.email')) LIKE $2 ESCAPE '!'";

    const VERSION: &'static str = "
        SELECT CONCAT(IF(VERSION() LIKE '%MariaDB%', 'MariaDB ', 'MySQL '), VERSION())";

    const READY: &'static str = "
        SELECT id
        FROM networks
        WHERE CONCAT(@@global.read_only) IN ('0', 'OFF')
        LIMIT 1";

    const LOOK: &'static str = replicas::look_text!(
        "CASE WHEN CONCAT(@@global.read_only) IN ('0', 'OFF') THEN @elsewhere_server END"
    );
    const RENEW: &'static str = replicas::renew_text!(
        "CASE WHEN CONCAT(@@global.read_only) IN ('0', 'OFF') THEN @elsewhere_server END"
    );

    const BESIDE_KRATOS: BesideKratos = BesideKratos::MYSQL;

    const COLUMNS: &'static str = "
        SELECT CAST(table_name AS CHAR(64)), CAST(column_name AS CHAR(64))
        FROM information_schema.columns
        WHERE table_schema = DATABASE()";

    const GRANTEE: Option<&'static str> = Some(
        "SELECT CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@',
                       QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1))),
                CONCAT(DATABASE(), '.')",
    );

    async fn fetch<T: Send>(
        &self,
        statement: Statement<'_>,
        read: impl FnOnce(&[MySqlRow]) -> Result<T, RepositoryError> + Send,
    ) -> Result<T, RepositoryError> {
        let rows = || self.pool.fetch_all(|| Ok(self.query(&statement)));
        match rows().await {
            // A migration has dropped an index that a hint names.
            Err(error) if names_no_index(&error) => {
                self.load_hints().await?;
                read(&rows().await?)
            }
            rows => read(&rows?),
        }
    }

    async fn execute(&self, steps: Vec<Step<'_>>) -> Result<Written, RepositoryError> {
        self.pool.execute(|| Ok(self.bound(&steps))).await
    }

    async fn select_for_update<T: Selected>(
        &self,
        work: SelectForUpdate<'_, T>,
    ) -> Result<SelectedForUpdate<T>, RepositoryError> {
        let SelectForUpdate { first, select, then, .. } = work;
        let work = BoundSelectForUpdate {
            first: || Ok(self.bound(&first)),
            select: || Ok(self.query(&select)),
            read: decode::all::<T, MySqlRow>,
            then: |selected: &[T]| Ok(then(selected).iter().map(|one| self.query(one)).collect()),
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

    async fn load_metadata(&self) -> Result<(), OpenError> {
        self.load_hints().await.map_err(OpenError::url)
    }
}

type BoundQuery = Query<'static, Dialect, MySqlArguments>;

/// Ids are bound as text, like in the tables. A binary id would be stored as it is.
fn bind(query: BoundQuery, argument: &Argument<'_>) -> BoundQuery {
    let text = |text: &Cow<'_, str>| text.clone().into_owned();
    match argument {
        Argument::Id(id) => query.bind(id.to_string()),
        Argument::OptionalId(id) => query.bind(id.map(|id| id.to_string())),
        Argument::Text(value) => query.bind(text(value)),
        Argument::OptionalText(value) => query.bind(value.as_ref().map(text)),
        Argument::Json(json) => query.bind(text(json)),
        Argument::OptionalJson(json) => query.bind(json.as_ref().map(text)),
        Argument::Number(number) => query.bind(*number),
        Argument::Flag(flag) => query.bind(*flag),
        Argument::OptionalTime(time) => query.bind(time.map(without_zone)),
        Argument::Time(time) | Argument::EarliestForm(time) | Argument::LatestForm(time) => {
            query.bind(without_zone(*time))
        }
    }
}
