//! Approximate places of IP addresses, from an operator's own files in the MaxMind DB format
//! (<https://maxmind.github.io/MaxMind-DB/>).

use std::fmt;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use maxminddb::Reader;
use serde::Deserialize;

use crate::config::{Config, ConfigError};
use crate::reload::{Files, Reload, Reloaded};
use crate::session::Session;

const SETTING: &str = "geoip.database";
/// The number of entries of which one has to have a place.
const SAMPLE: usize = 1000;

/// The files of `geoip.database`, each of which may know other addresses.
#[derive(Debug, Default)]
pub struct Places(Vec<Arc<Reloaded<PlaceFile>>>);

impl Places {
    /// Reads the files into memory. An error if one cannot be read, or has no places.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let read = |path: &PathBuf| Reloaded::new(PlaceFile(path.clone())).map(Arc::new);
        config.geoip.database.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    #[must_use]
    pub fn files(&self) -> Vec<Arc<dyn Reload>> {
        self.0.iter().map(|file| Arc::clone(file) as Arc<dyn Reload>).collect()
    }

    /// Notes the place of each device that has an address and no location.
    pub(crate) fn locate<'a>(&self, sessions: impl IntoIterator<Item = &'a mut Session>) {
        if self.0.is_empty() {
            return;
        }
        for device in sessions.into_iter().flat_map(|session| &mut session.devices) {
            if device.location.as_deref().is_none_or(str::is_empty) {
                device.place = device.ip_address.as_deref().and_then(|address| self.of(address));
            }
        }
    }

    /// A city and the code of its country, such as `Lisbon, PT`, or the code alone: the form in
    /// which Kratos stores locations.
    #[must_use]
    pub fn of(&self, address: &str) -> Option<String> {
        let address = address.parse::<IpAddr>().ok()?.to_canonical();
        self.0.iter().find_map(|file| place(&file.current(), address))
    }
}

fn place(reader: &Reader<Vec<u8>>, address: IpAddr) -> Option<String> {
    // An IPv4 file has no IPv6 addresses, which is an error for the reader.
    reader.lookup(address).ok()?.decode::<Entry>().ok()??.place()
}

/// An entry, in the form of MaxMind and DB-IP (nested), or of ip-location-db
/// and IPinfo (flat).
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    city: Option<City<'a>>,
    country: Option<Country<'a>>,
    country_code: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum City<'a> {
    Name(&'a str),
    Names {
        #[serde(borrow)]
        names: Names<'a>,
    },
}

#[derive(Deserialize)]
struct Names<'a> {
    en: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Country<'a> {
    Code(&'a str),
    Record { iso_code: Option<&'a str> },
}

impl Entry<'_> {
    fn place(self) -> Option<String> {
        let city = match self.city {
            Some(City::Name(name)) => Some(name),
            Some(City::Names { names }) => names.en,
            None => None,
        };
        let country = match self.country {
            Some(Country::Code(code)) => Some(code),
            Some(Country::Record { iso_code }) => iso_code,
            None => None,
        };
        let country = country.or(self.country_code);
        let known = |text: &&str| !text.is_empty();
        match (city.filter(known), country.filter(known)) {
            (Some(city), Some(country)) => Some(format!("{city}, {country}")),
            (Some(place), None) | (None, Some(place)) => Some(place.to_owned()),
            (None, None) => None,
        }
    }
}

struct PlaceFile(PathBuf);

/// Tells one file from another without reading it.
#[derive(PartialEq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl PlaceFile {
    fn problem(&self, problem: impl fmt::Display) -> ConfigError {
        ConfigError(format!("{SETTING}: cannot read {}: {problem}", self.0.display()))
    }
}

impl Files for PlaceFile {
    type Contents = Stamp;
    type Value = Reader<Vec<u8>>;

    fn section(&self) -> &'static str {
        SETTING
    }

    fn read(&self) -> Result<Stamp, ConfigError> {
        stamp(&self.0).map_err(|error| self.problem(error))
    }

    fn make(&self, _: &Stamp) -> Result<Reader<Vec<u8>>, ConfigError> {
        let reader = Reader::open_readfile(&self.0).map_err(|error| self.problem(error))?;
        let entries = reader.networks(maxminddb::WithinOptions::default());
        let mut entries = entries.map_err(|error| self.problem(error))?.take(SAMPLE);
        let has_place = entries.any(|entry| {
            let entry = entry.ok().and_then(|entry| entry.decode::<Entry>().ok().flatten());
            entry.and_then(Entry::place).is_some()
        });
        drop(entries);
        if has_place {
            Ok(reader)
        } else {
            Err(self.problem("it has neither cities nor countries"))
        }
    }
}

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    let modified = metadata.modified().ok();
    Ok(Stamp { length: metadata.len(), modified, inode: metadata.ino() })
}
