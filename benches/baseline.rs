//! The baseline on MySQL and SQLite: the two plain statements of `baseline.sql`, executed with sqlx
//! alone. On PostgreSQL, `pgbench` executes them.
//!
//! baseline URL TOKENS SECONDS: prints the number of executions of both statements per second.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use sqlx::mysql::MySqlPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Row as _};
use tokio::time::Instant;

const CALLERS: usize = 32;
const POOL: u32 = 16;

const CALLER: &str = "
SELECT s.id, s.identity_id, s.nid, s.aal, s.expires_at,
       i.schema_id, i.state, i.state_changed_at, i.traits, i.metadata_public, i.available_aal,
       i.organization_id, i.external_id, i.created_at, i.updated_at
FROM sessions s
JOIN identities i ON i.id = s.identity_id
WHERE s.token = ? AND s.active = TRUE AND s.expires_at > NOW";

const OTHERS: &str = "
SELECT s.id, s.active, s.aal, s.authentication_methods, s.issued_at, s.authenticated_at,
       s.expires_at, s.created_at, d.id, d.ip_address, d.user_agent, d.location, d.created_at
FROM sessions s
LEFT JOIN session_devices d ON d.session_id = s.id
WHERE s.identity_id = ? AND s.nid = ? AND s.id <> ?
  AND s.active = TRUE AND s.expires_at > NOW
ORDER BY s.created_at DESC, s.id
LIMIT 251";

/// Executes both statements repeatedly, from [`CALLERS`] tasks.
macro_rules! measure {
    ($pool:expr, $now:literal, $tokens:expr, $seconds:expr) => {{
        let shared = $pool;
        let caller: Arc<str> = CALLER.replace("NOW", $now).into();
        let others: Arc<str> = OTHERS.replace("NOW", $now).into();
        let tokens: Arc<[String]> = $tokens;
        let done = Arc::new(AtomicU64::new(0));
        let deadline = Instant::now() + Duration::from_secs($seconds);
        let callers = (0..CALLERS).map(|nth| {
            let (pool, tokens, done) = (shared.clone(), Arc::clone(&tokens), Arc::clone(&done));
            let (caller, others) = (Arc::clone(&caller), Arc::clone(&others));
            tokio::spawn(async move {
                let mut nth = nth * 7919;
                while Instant::now() < deadline {
                    nth += 104_729;
                    let digest = Sha256::digest(&tokens[nth % tokens.len()]);
                    let token: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                    let row = sqlx::query(AssertSqlSafe(Arc::clone(&caller)))
                        .bind(token)
                        .fetch_one(&pool)
                        .await?;
                    let rows = sqlx::query(AssertSqlSafe(Arc::clone(&others)))
                        .bind(row.try_get_unchecked::<String, _>(1)?)
                        .bind(row.try_get_unchecked::<String, _>(2)?)
                        .bind(row.try_get_unchecked::<String, _>(0)?)
                        .fetch_all(&pool)
                        .await?;
                    assert_eq!(rows.len(), 9, "nine other sessions each");
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<_, sqlx::Error>(())
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await??;
        }
        done.load(Ordering::Relaxed) / $seconds
    }};
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [url, tokens, seconds] = std::env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "URL TOKENS SECONDS")?;
    let tokens: Arc<[String]> =
        std::fs::read_to_string(tokens)?.lines().map(str::to_owned).collect();
    let seconds: u64 = seconds.parse()?;
    let rate = if url.starts_with("mysql:") {
        let pool = MySqlPoolOptions::new().max_connections(POOL).test_before_acquire(false);
        measure!(pool.connect(&url).await?, "UTC_TIMESTAMP(6)", tokens, seconds)
    } else {
        let pool = SqlitePoolOptions::new().max_connections(POOL).test_before_acquire(false);
        let options: SqliteConnectOptions = url.parse()?;
        measure!(pool.connect_with(options).await?, "datetime('now')", tokens, seconds)
    };
    println!("{rate}");
    Ok(())
}
