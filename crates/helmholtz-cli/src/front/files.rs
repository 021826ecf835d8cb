//! Files by patterns.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// Whether a name stands for several files, as a shell would expand it that was kept from it by quotes.
pub(crate) fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// The files of some names and patterns, in their order; those of a pattern by name.
pub(crate) fn expand(names: &[String]) -> Result<Vec<PathBuf>> {
    let mut files = vec![];
    for name in names {
        let path = PathBuf::from(name);
        if path.exists() || !is_pattern(name) {
            files.push(path);
            continue;
        }
        let found = glob::glob(name);
        let missing = "there is no such file, and as a pattern it is none";
        let found = found.with_context(|| format!("{name}: {missing}; check the path"))?;
        let before = files.len();
        files.extend(found.flatten());
        if files.len() == before {
            bail!(
                "{name}: no file fits this pattern; check the path, relative to the current folder"
            );
        }
    }
    Ok(files)
}
