//! The folder itself: making it, opening it, and what stands in it from the beginning.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::RunError;
use super::metrics::{self, Metric};
use super::summary::Summary;
use crate::domain::Domain;
use crate::files::{is_temporary, write_whole};

/// The version of the folder's format; raised when an older program would misread it.
const VERSION: u32 = 1;

const CONFIG: &str = "config.toml";
const DATA: &str = "data.jsonl";
const LOCK: &str = ".lock";
const METRICS: &str = "metrics.jsonl";
const SUMMARY: &str = "run.json";
const CHECKPOINTS: &str = "checkpoints";

/// A run on disk.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

/// The right to write in a run folder. The operating system keeps it, so it ends with the process,
/// however that ends: there are no stale locks.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The first lines of the configuration.
#[derive(Serialize, Deserialize)]
struct Header {
    domain: String,
    version: u32,
    /// The CRC-32 of the data, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<String>,
}

impl RunFolder {
    /// Makes the folder, which must be new or empty, with its settings and data in it. `domain` names
    /// what `config` and `data` belong to.
    ///
    /// # Errors
    /// When the folder is in use or cannot be written; no part of a run is then left in it.
    pub fn create<C: Serialize, D: Serialize>(
        path: &Path,
        domain: &str,
        config: &C,
        data: &[D],
    ) -> Result<(Self, Lock), RunError> {
        if path.is_file() {
            let path = path.to_owned();
            return Err(RunError::NotAFolder { path });
        }
        let new = !path.exists();
        fs::create_dir_all(path).map_err(RunError::io(path))?;
        let run = Self {
            path: path.to_owned(),
        };
        let made = run.fill(domain, config, data);
        let busy = matches!(made, Err(RunError::Busy { .. }));
        if made.is_err() && new && !busy {
            // Of what was made here, and only while nothing else is in it.
            let _ = fs::remove_file(run.path.join(LOCK));
            let _ = fs::remove_dir(&run.path);
        }
        Ok((run, made?))
    }

    /// Writes what stands in a run from the beginning; the configuration, which makes it one, last.
    fn fill<C: Serialize, D: Serialize>(
        &self,
        domain: &str,
        config: &C,
        data: &[D],
    ) -> Result<Lock, RunError> {
        let lock_path = self.path.join(LOCK);
        let was_there = fs::symlink_metadata(&lock_path).is_ok();
        let lock = self.lock()?;
        let data_path = self.path.join(DATA);
        let lines = json_lines(data).map_err(RunError::io(&data_path))?;
        let settings = self.settings_text(domain, config, &lines)?;
        if !self.is_free(&lines, &settings)? {
            if !was_there {
                let _ = fs::remove_file(lock_path);
            }
            return Err(RunError::NotEmpty {
                path: self.path.clone(),
            });
        }
        self.write(DATA, &lines)?;
        self.write(CONFIG, settings.as_bytes())?;
        Ok(lock)
    }

    /// Whether nothing is in the folder but what this very run has left there that was killed before its first checkpoint:
    /// the same data and settings, and nothing learned. So whatever is written now was there, or nothing was.
    fn is_free(&self, data: &[u8], settings: &str) -> Result<bool, RunError> {
        let is =
            |name: &str, content: &[u8]| fs::read(self.path.join(name)).is_ok_and(|c| c == content);
        let same_run = is(CONFIG, settings.as_bytes()) && is(DATA, data);
        let learned = self.summary().is_ok_and(|s| s.is_some_and(|s| s.step > 0));
        let fits = |name: &OsStr| match name.to_str() {
            Some(LOCK) => true,
            Some(DATA) => is(DATA, data),
            Some(CONFIG | METRICS | SUMMARY) => same_run && !learned,
            Some(CHECKPOINTS) => same_run && is_empty_folder(&self.checkpoints_path()),
            _ => is_temporary(name),
        };
        let entries = fs::read_dir(&self.path).map_err(RunError::io(&self.path))?;
        let names: Vec<_> = entries
            .map(|e| e.map(|e| e.file_name()))
            .collect::<Result<_, _>>()
            .map_err(RunError::io(&self.path))?;
        Ok(names.iter().all(|name| fits(name)))
    }

    /// A run that is there.
    ///
    /// # Errors
    /// When the folder holds no run, or one in a newer format.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let run = Self {
            path: path.to_owned(),
        };
        let header: Header = run.read_config()?;
        if header.version > VERSION {
            let found = header.version;
            let reason = format!("format {found} is newer than this program; update the program");
            return Err(RunError::malformed(&run.path.join(CONFIG), None, reason));
        }
        Ok(run)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What its settings and data belong to.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn domain(&self) -> Result<String, RunError> {
        let header: Header = self.read_config()?;
        Ok(header.domain)
    }

    /// Takes the right to write.
    ///
    /// # Errors
    /// [`RunError::Busy`] while another process has it; or when the folder cannot be written.
    pub fn lock(&self) -> Result<Lock, RunError> {
        let path = self.path.join(LOCK);
        let options = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let file = options.map_err(RunError::io(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(RunError::Busy {
                path: self.path.clone(),
            }),
            Err(TryLockError::Error(source)) => Err(RunError::Io { path, source }),
        }
    }

    /// The settings of a run of a domain, by the name that the domain has or had.
    ///
    /// # Errors
    /// As [`RunFolder::config`].
    pub fn settings<D: Domain>(&self) -> Result<D::Config, RunError> {
        let name = self.domain()?;
        match D::ALIASES.contains(&name.as_str()) {
            true => self.config(&name),
            false => self.config(D::NAME),
        }
    }

    /// The settings of a run of this domain.
    ///
    /// # Errors
    /// When it is a run of another domain, or the file has been edited into something else.
    pub fn config<C: DeserializeOwned>(&self, domain: &str) -> Result<C, RunError> {
        let path = self.path.join(CONFIG);
        let header: Header = self.read_config()?;
        if header.domain != domain {
            let reason = format!(
                "a run of `{}`, not of `{domain}`; name another",
                header.domain
            );
            return Err(RunError::malformed(&path, None, reason));
        }
        let mut tables: BTreeMap<String, toml::Value> = self.read_config()?;
        let Some(table) = tables.remove(domain) else {
            let reason = format!("there is no table [{domain}]; restore it, or train anew");
            return Err(RunError::malformed(&path, None, reason));
        };
        table.try_into().map_err(|e| not_toml(&path, "", &e))
    }

    /// Writes the settings. Whoever changes them holds the [`Lock`].
    ///
    /// # Errors
    /// When the file cannot be written; the old one is then still there.
    pub fn save_config<C: Serialize>(&self, domain: &str, config: &C) -> Result<(), RunError> {
        let data = self.path.join(DATA);
        let data = fs::read(&data).map_err(RunError::io(&data))?;
        let settings = self.settings_text(domain, config, &data)?;
        self.write(CONFIG, settings.as_bytes())
    }

    /// The settings as they stand in a file.
    fn settings_text<C: Serialize>(
        &self,
        domain: &str,
        config: &C,
        data: &[u8],
    ) -> Result<String, RunError> {
        let path = self.path.join(CONFIG);
        let unwritable = |e: toml::ser::Error| {
            RunError::malformed(&path, None, format!("a setting cannot be written ({e})"))
        };
        let header = Header {
            domain: domain.to_owned(),
            version: VERSION,
            data: Some(checksum(data)),
        };
        let header = toml::to_string(&header).map_err(unwritable)?;
        let settings = toml::to_string(&BTreeMap::from([(domain, config)])).map_err(unwritable)?;
        Ok(format!("{header}\n{settings}"))
    }

    /// The observations, in order.
    ///
    /// # Errors
    /// When the file is missing, is not what the run began with, or a line of it is no observation.
    pub fn data<D: DeserializeOwned>(&self) -> Result<Vec<D>, RunError> {
        let path = self.path.join(DATA);
        let text = fs::read_to_string(&path).map_err(RunError::io(&path))?;
        let parse = |(i, line)| {
            let broken = |e| format!("not an observation of this domain ({e}); restore the file");
            serde_json::from_str(line)
                .map_err(|e| RunError::malformed(&path, Some(i + 1), broken(e)))
        };
        let lines = text.lines().enumerate();
        let data = lines.map(parse).collect::<Result<_, _>>()?;
        let header: Header = self.read_config()?;
        if header
            .data
            .is_some_and(|sum| sum != checksum(text.as_bytes()))
        {
            let reason = "not the data that the run began with; restore the file, or train anew";
            return Err(RunError::malformed(&path, None, reason));
        }
        Ok(data)
    }

    /// What was measured at each step so far. A torn last line, as a crash leaves it, is left out.
    ///
    /// # Errors
    /// When the file cannot be read or another line is no measurement.
    pub fn metrics(&self) -> Result<Vec<Metric>, RunError> {
        metrics::read(&self.metrics_path())
    }

    /// How far the run is; `None` before it has begun.
    ///
    /// # Errors
    /// When the file cannot be read or is something else.
    pub fn summary(&self) -> Result<Option<Summary>, RunError> {
        Summary::read(&self.summary_path())
    }

    pub(super) fn metrics_path(&self) -> PathBuf {
        self.path.join(METRICS)
    }

    pub(super) fn summary_path(&self) -> PathBuf {
        self.path.join(SUMMARY)
    }

    pub(super) fn checkpoints_path(&self) -> PathBuf {
        self.path.join(CHECKPOINTS)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        let path = self.path.join(name);
        write_whole(&path, bytes).map_err(RunError::io(&path))
    }

    fn read_config<C: DeserializeOwned>(&self) -> Result<C, RunError> {
        let path = self.path.join(CONFIG);
        let text = fs::read_to_string(&path).map_err(|source| match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => RunError::NotARun {
                path: self.path.clone(),
            },
            _ => RunError::Io {
                path: path.clone(),
                source,
            },
        })?;
        toml::from_str(&text).map_err(|e| not_toml(&path, &text, &e))
    }
}

/// Whether a folder is there and holds nothing but temporary files.
fn is_empty_folder(path: &Path) -> bool {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    let only_temporaries = |mut entries: fs::ReadDir| {
        entries.all(|entry| entry.is_ok_and(|entry| is_temporary(&entry.file_name())))
    };
    is_folder && fs::read_dir(path).is_ok_and(only_temporaries)
}

fn checksum(bytes: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(bytes))
}

/// One line per item.
fn json_lines<D: Serialize>(items: &[D]) -> std::io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for item in items {
        serde_json::to_writer(&mut lines, item)?;
        lines.write_all(b"\n")?;
    }
    Ok(lines)
}

/// The error of the toml reader in one line, with the line it is about.
fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> RunError {
    let line = error
        .span()
        .and_then(|s| text.get(..s.start))
        .map(|t| t.matches('\n').count() + 1);
    let reason = error.message().trim().replace('\n', " ");
    RunError::malformed(
        path,
        line,
        format!("{reason}; restore the file, or train anew"),
    )
}
