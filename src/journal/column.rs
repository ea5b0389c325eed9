//! What columns hold, read.

use jiff::Timestamp;
use rusqlite::{Row, types::Type};

/// The last time there is, in milliseconds.
const LAST: i64 = 253_402_207_200_000;

/// A column in milliseconds since 1970.
pub(super) fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    timestamp(index, row.get(index)?)
}

pub(super) fn timestamp(index: usize, milliseconds: i64) -> rusqlite::Result<Timestamp> {
    // The very last one has a fraction that milliseconds round up.
    Timestamp::from_millisecond(milliseconds.min(LAST)).map_err(|error| wrong(index, error))
}

pub(super) fn wrong(
    index: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error.into())
}
