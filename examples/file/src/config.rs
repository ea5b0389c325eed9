// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the operator writes.

use std::path::{Component, Path as FilePath, PathBuf};

use prelude_trigger_guest::Path;

/// What the operator writes below `config:`.
#[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The file, in a directory that is granted for reading and writing: `/data/alerts.jsonl`.
    #[schemars(with = "String")]
    pub file: Target,
    /// What the file is made of.
    #[serde(default)]
    pub format: Format,
    /// What of an alert is kept, in this order. Default: all of it in JSON lines; the usual in CSV.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// When a new file is begun.
    #[serde(default)]
    pub rotate: Rotate,
    /// Whether a job waits until its line is on the disk.
    #[serde(default = "yes")]
    pub sync: bool,
}

/// What a file is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A JSON object a line.
    #[default]
    Json,
    /// Comma-separated values (RFC 4180) with a head.
    Csv,
}

/// What is kept of an alert, and what it is called.
#[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in the file.
    pub name: String,
    /// All values at this path.
    pub path: Path,
}

/// When a new file is begun, and how many old ones are kept.
#[derive(Debug, Clone, Copy, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rotate {
    /// Before a file would have more bytes than this.
    #[schemars(range(min = 1))]
    pub bytes: u64,
    /// When another hour or day (UTC) has begun since the file was last written.
    pub every: Option<Period>,
    /// How many old files are kept.
    pub keep: usize,
}

/// A span of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// An hour.
    Hour,
    /// A day.
    Day,
}

impl Default for Rotate {
    fn default() -> Self {
        Self { bytes: 64 << 20, every: None, keep: 10 }
    }
}

fn yes() -> bool {
    true
}

/// The name of a file, taken apart: `alerts` and `.jsonl` of `/data/alerts.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Target {
    pub directory: PathBuf,
    pub stem: String,
    /// With its dot; empty when there is none.
    pub extension: String,
}

impl Target {
    /// The file itself.
    pub fn file(&self) -> PathBuf {
        self.directory.join(format!("{}{}", self.stem, self.extension))
    }
}

impl TryFrom<String> for Target {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("`{text}` is no file's absolute path such as /data/alerts.jsonl");
        let path = FilePath::new(&text);
        let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
        let (directory, name) = (path.parent().ok_or_else(bad)?, path.file_name().and_then(|name| name.to_str()));
        let name = name.filter(|_| path.has_root() && plain && !text.ends_with('/')).ok_or_else(bad)?;
        let (stem, extension) = match name.rfind('.') {
            None | Some(0) => (name, ""),
            Some(dot) => name.split_at(dot),
        };
        Ok(Self { directory: directory.to_owned(), stem: stem.to_owned(), extension: extension.to_owned() })
    }
}
