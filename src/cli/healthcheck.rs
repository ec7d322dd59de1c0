//! `elsewhere healthcheck`: so that a container needs no curl.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use elsewhere::config::{Config, Listen};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::cli::CliError;

const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn run(config: &Config) -> Result<(), CliError> {
    // Without a certificate to trust, it asks on the side that speaks no TLS.
    let listen = match (&config.server.tls, &config.admin.tls.own) {
        (None, _) => &config.server.listen,
        (_, None) => &config.admin.listen,
        _ => return Err(CliError::Usage("both sides speak TLS: ask one with curl".to_owned())),
    };
    let address = reachable(listen);
    let failed = |problem: String| CliError::Failed(format!("{address}: {problem}"));
    match timeout(PATIENCE, status_line(&address)).await {
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
fn reachable(listen: &Listen) -> Listen {
    let Listen::Tcp(address) = listen else { return listen.clone() };
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    Listen::Tcp(SocketAddr::new(ip, address.port()))
}

async fn status_line(listen: &Listen) -> io::Result<String> {
    match listen {
        Listen::Tcp(address) => ask(TcpStream::connect(address).await?).await,
        Listen::Unix(path) => ask(UnixStream::connect(path).await?).await,
    }
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<String> {
    const REQUEST: &str =
        "GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(REQUEST.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
