//! Helpers of these tests: a replica on a file, its requests, and queries of another process.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::http_client::{get, send};
use crate::support::process::Replica;
use crate::support::sign_in::{SignIn, SignedIn};
use crate::support::wait::BlockOnInTime as _;

pub const INTEGRITY_CHECK: &str = "PRAGMA integrity_check";

pub fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

pub fn start(file: &Path) -> Replica {
    Replica::start(&[("database.url", &url(file))])
}

pub fn sign_in(replica: &Replica, identity: Uuid) -> SignedIn {
    SignIn::new(identity).at(replica.admin)
}

pub fn delete(replica: &Replica, token: &str, session: &str) -> u16 {
    let headers: &[(&str, &[u8])] = &[("X-Session-Token", token.as_bytes())];
    send(replica.public, "DELETE", &format!("/sessions/{session}"), headers).status
}

pub fn whoami(replica: &Replica, token: &str) -> u16 {
    get(replica.public, "/sessions/whoami", token).status
}

/// Queries the file directly, as another process would.
pub fn query(file: &Path, sql: &'static str) -> String {
    Runtime::new().unwrap().block_on_in_time(async {
        let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
        let answer = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        answer
    })
}
