//! The folder itself: making it, opening it, and what stands in it from the beginning.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::data::{Origin, has, of_copy, of_originals};
use super::error::RunError;
use super::metrics::{self, Metric};
use super::summary::Summary;
use crate::disk::{Disk, Real};
use crate::domain::Domain;
use crate::files::{is_temporary, read, stream_whole};

/// The version of the folder's format; raised when an older program would misread it. Older ones are read.
const VERSION: u32 = 2;

const CONFIG: &str = "config.toml";
const DATA: &str = "data.jsonl";
const LOCK: &str = ".lock";
const METRICS: &str = "metrics.jsonl";
const SUMMARY: &str = "run.json";
const CHECKPOINTS: &str = "checkpoints";
const RECORDS: &str = "records";

/// A run on disk.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
    disk: Arc<dyn Disk>,
}

/// The right to write in a run folder. The operating system keeps it, so it ends with the process,
/// however that ends: there are no stale locks.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The first lines of the configuration.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    domain: String,
    version: u32,
    /// The CRC-32 of the data, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<String>,
    /// Where the data are, unless there is a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<Origin>,
}

impl RunFolder {
    /// Makes the folder, which must be new or empty, with its settings and a copy of its data in it. `domain` names
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
        Self::at(path).begin(domain, config, (data, None))
    }

    /// The same without a copy: it is noted where the data were read.
    ///
    /// # Errors
    /// As [`RunFolder::create`].
    pub fn create_from<C: Serialize, D: Serialize>(
        path: &Path,
        domain: &str,
        config: &C,
        (data, origin): (&[D], Origin),
    ) -> Result<(Self, Lock), RunError> {
        Self::at(path).begin(domain, config, (data, Some(origin)))
    }

    fn at(path: &Path) -> Self {
        Self::on(Arc::new(Real), path)
    }

    pub(super) fn on(disk: Arc<dyn Disk>, path: &Path) -> Self {
        let path = path.to_owned();
        Self { path, disk }
    }

    pub(super) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    pub(super) fn begin<C: Serialize, D: Serialize>(
        self,
        domain: &str,
        config: &C,
        data: (&[D], Option<Origin>),
    ) -> Result<(Self, Lock), RunError> {
        let path = self.path.clone();
        if path.is_file() {
            return Err(RunError::NotAFolder { path });
        }
        let new = !path.exists();
        let made = self.disk.create_folder(&path);
        made.map_err(RunError::io(&path))?;
        let lock_path = path.join(LOCK);
        let was_locked = fs::symlink_metadata(&lock_path).is_ok();
        let lock = self.lock()?;
        let Err(error) = self.fill(domain, config, data) else {
            return Ok((self, lock));
        };
        // While the lock is held nobody else has put anything here. What was somebody's stays.
        if !was_locked {
            let _ = fs::remove_file(lock_path);
        }
        if new {
            let _ = fs::remove_dir(&path);
        }
        Err(error)
    }

    /// Writes what stands in a run from the beginning; the configuration, which makes it one, last. On failure nothing of it is
    /// left.
    fn fill<C: Serialize, D: Serialize>(
        &self,
        domain: &str,
        config: &C,
        (data, origin): (&[D], Option<Origin>),
    ) -> Result<(), RunError> {
        let copied = origin.is_none();
        let sum = if copied { of_copy } else { of_originals };
        let sum = sum(data).map_err(RunError::io(&self.data_path()))?;
        let header = Header {
            domain: domain.to_owned(),
            version: VERSION,
            data: Some(sum.clone()),
            origin,
        };
        let settings = self.settings_text(&header, config)?;
        if !self.is_free(copied.then_some(&sum), &settings)? {
            return Err(RunError::NotEmpty {
                path: self.path.clone(),
            });
        }
        if copied {
            self.copy_data(data)?;
        }
        self.write(CONFIG, settings.as_bytes()).inspect_err(|_| {
            let _ = fs::remove_file(self.data_path());
        })
    }

    /// Whether nothing is in the folder but what this very run has left there that was killed before its first checkpoint:
    /// the same data, by their checksum, and settings, and nothing learned. So whatever is written now was there, or nothing
    /// was.
    fn is_free(&self, data: Option<&String>, settings: &str) -> Result<bool, RunError> {
        let same_data = || data.is_some_and(|sum| has(&self.data_path(), sum));
        let same_settings =
            read(&self.path.join(CONFIG)).is_ok_and(|found| found == settings.as_bytes());
        let same_run = same_settings && (data.is_none() || same_data());
        let learned = self.summary().is_ok_and(|s| s.is_some_and(|s| s.step > 0));
        let fits = |name: &OsStr| match name.to_str() {
            Some(LOCK) => true,
            Some(DATA) => same_data(),
            Some(CONFIG | METRICS | SUMMARY) => same_run && !learned,
            Some(CHECKPOINTS) => same_run && is_empty_folder(&self.checkpoints_path()),
            // What goes with no checkpoint is removed when training begins.
            Some(RECORDS) => same_run && !learned,
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
        let run = Self::at(path);
        let header = run.header()?;
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
        Ok(self.header()?.domain)
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
        let header = self.header()?;
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

    /// Writes the settings, and makes the run one of the present format. Whoever changes them holds the [`Lock`].
    ///
    /// # Errors
    /// When the file cannot be written; the old one is then still there.
    pub fn save_config<C: Serialize>(&self, domain: &str, config: &C) -> Result<(), RunError> {
        let header = Header {
            domain: domain.to_owned(),
            version: VERSION,
            ..self.header()?
        };
        let settings = self.settings_text(&header, config)?;
        self.write(CONFIG, settings.as_bytes())
    }

    /// Whether an older program made it, which would not understand what is written now.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn is_of_old_format(&self) -> Result<bool, RunError> {
        Ok(self.header()?.version < VERSION)
    }

    /// The settings as they stand in a file.
    fn settings_text<C: Serialize>(&self, header: &Header, config: &C) -> Result<String, RunError> {
        let path = self.path.join(CONFIG);
        let unwritable = |e: toml::ser::Error| {
            RunError::malformed(&path, None, format!("a setting cannot be written ({e})"))
        };
        let settings = BTreeMap::from([(&header.domain, config)]);
        let settings = toml::to_string(&settings).map_err(unwritable)?;
        let header = toml::to_string(header).map_err(unwritable)?;
        Ok(format!("{header}\n{settings}"))
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

    pub(super) fn records_path(&self) -> PathBuf {
        self.path.join(RECORDS)
    }

    pub(super) fn data_path(&self) -> PathBuf {
        self.path.join(DATA)
    }

    pub(super) fn header(&self) -> Result<Header, RunError> {
        self.read_config()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        let path = self.path.join(name);
        let done = stream_whole(&*self.disk, &path, |to| to.write_all(bytes));
        done.map_err(RunError::io(&path))
    }

    fn read_config<C: DeserializeOwned>(&self) -> Result<C, RunError> {
        let path = self.path.join(CONFIG);
        let bytes = read(&path).map_err(|source| match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => RunError::NotARun {
                path: self.path.clone(),
            },
            _ => RunError::Io {
                path: path.clone(),
                source,
            },
        })?;
        let damaged =
            |_| RunError::malformed(&path, None, "not UTF-8; restore the file, or train anew");
        let text = String::from_utf8(bytes).map_err(damaged)?;
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
