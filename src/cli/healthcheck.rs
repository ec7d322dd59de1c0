//! `elsewhere healthcheck`: so that a container needs no curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use elsewhere::config::Config;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::CliError;

const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn run(config: &Config) -> Result<(), CliError> {
    let address = reachable(config.server.listen);
    let failed = |problem: String| CliError::Failed(format!("{address}: {problem}"));
    match timeout(PATIENCE, status_line(address)).await {
        Err(_) => Err(failed("no answer in time".to_owned())),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Ok(Ok(line)) if line.starts_with("HTTP/1.1 200 ") => {
            println!("ready");
            Ok(())
        }
        Ok(Ok(line)) => Err(failed(format!("not ready: {line}"))),
    }
}

/// Who listens on every address is asked on the loopback one.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn status_line(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request =
        format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
