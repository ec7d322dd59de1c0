//! Log lines: to standard error, as text or as JSON.

#[cfg(feature = "otlp")]
pub(crate) mod otlp;

use std::io::{self, IsTerminal as _};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

use crate::audit;
use crate::config::{Config, ConfigError, LogFormat, LogLevel};

/// What still has to be sent when the program ends is sent when this is dropped.
#[must_use]
#[derive(Debug)]
pub struct Logging {
    #[cfg(feature = "otlp")]
    _exporter: Option<otlp::Exporter>,
}

/// Starts logging. To be called once, by the program. The audit trail is written
/// whatever the level.
pub fn start(config: &Config) -> Result<Logging, ConfigError> {
    let level = match config.log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let filter = Targets::new().with_default(level).with_target(audit::TARGET, LevelFilter::INFO);
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = match config.log.format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // Before all layers, so that what is not told is found out once for each place in
    // the code, and not at each event.
    let lines = registry().with(filter).with(lines);
    #[cfg(not(feature = "otlp"))]
    lines.init();
    #[cfg(feature = "otlp")]
    let exporter = {
        let exporter = config.traces.endpoint.as_ref().map(otlp::Exporter::start).transpose();
        let exporter =
            exporter.map_err(|error| ConfigError(format!("traces.endpoint: {error}")))?;
        let own = Targets::new().with_target(env!("CARGO_PKG_NAME"), LevelFilter::ERROR);
        lines.with(exporter.as_ref().map(|exporter| exporter.layer().with_filter(own))).init();
        exporter
    };
    Ok(Logging {
        #[cfg(feature = "otlp")]
        _exporter: exporter,
    })
}
