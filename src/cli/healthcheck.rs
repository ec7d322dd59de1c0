//! `elsewhere healthcheck`: a health check for containers without curl.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use elsewhere::config::{Config, Listen};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::cli::CliError;
use crate::cli::output::{print_json, print_line};

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) async fn run(config: &Config, json: bool) -> Result<(), CliError> {
    // This command has no certificate to trust, so it uses the listener without TLS.
    let listen = match (&config.server.tls, &config.admin.tls.own) {
        (None, _) => &config.server.listen,
        (_, None) => &config.admin.listen,
        _ => return Err(CliError::Usage("both listeners use TLS: use curl instead".to_owned())),
    };
    let address = probe_address(listen);
    let failed = |problem: String| CliError::Failed(format!("{address}: {problem}"));
    match timeout(RESPONSE_TIMEOUT, status_line(&address)).await {
        Err(_) => Err(failed("no response in time".to_owned())),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Ok(Ok(line)) if line.starts_with("HTTP/1.1 200 ") => {
            if json {
                print_json(&json!({"ready": true}))
            } else {
                print_line("ready")
            }
        }
        Ok(Ok(line)) => Err(failed(format!("not ready: {line}"))),
    }
}

/// The loopback address for a service that listens on every address.
fn probe_address(listen: &Listen) -> Listen {
    let Listen::Tcp(address) = listen else { return listen.clone() };
    let ip = match address.ip() {
        // All addresses of IPv6 include those of IPv4.
        ip if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    Listen::Tcp(SocketAddr::new(ip, address.port()))
}

async fn status_line(listen: &Listen) -> io::Result<String> {
    match listen {
        Listen::Tcp(address) => request(TcpStream::connect(address).await?).await,
        Listen::Unix(path) => request(UnixStream::connect(path).await?).await,
    }
}

async fn request(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<String> {
    const REQUEST: &str =
        "GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(REQUEST.as_bytes()).await?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await?;
    let response = String::from_utf8_lossy(&response);
    Ok(response.lines().next().unwrap_or_default().to_owned())
}
