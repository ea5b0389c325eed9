//! The tables, and the way from older versions of them.

use rusqlite::{Connection, Transaction};

/// The steps that make the tables: a file of version N has had the first N of them.
const STEPS: &[&str] = &[V1, V2];

/// Every time is in milliseconds since 1970, UTC.
const V1: &str = "
CREATE TABLE message (
  id        INTEGER PRIMARY KEY,
  identity  BLOB NOT NULL UNIQUE,
  issuer    TEXT,
  messageid TEXT,
  received  INTEGER NOT NULL,
  wire      BLOB NOT NULL
) STRICT;

CREATE TABLE job (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  identity   BLOB NOT NULL UNIQUE,
  message    INTEGER REFERENCES message,
  lease      INTEGER REFERENCES lease,
  after      INTEGER,
  kind       TEXT NOT NULL CHECK (kind IN ('do', 'undo', 'restore')),
  trigger    TEXT NOT NULL,
  place      INTEGER NOT NULL,
  action     TEXT NOT NULL,
  target     TEXT,
  parameters TEXT NOT NULL,
  captures   TEXT NOT NULL,
  delivery   TEXT NOT NULL CHECK (delivery IN ('at-least-once', 'at-most-once')),
  state      TEXT NOT NULL,
  attempt    INTEGER NOT NULL,
  due        INTEGER NOT NULL,
  deadline   INTEGER NOT NULL,
  made       INTEGER NOT NULL,
  ended      INTEGER,
  summary    TEXT,
  terms      TEXT,
  again      INTEGER,
  answered   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX job_unanswered ON job (id) WHERE answered = 0 AND ended IS NOT NULL;
CREATE INDEX job_open ON job (id) WHERE state IN ('waiting', 'running');
CREATE INDEX job_ended ON job (ended) WHERE ended IS NOT NULL;
CREATE INDEX job_message ON job (message);
CREATE INDEX job_after ON job (after) WHERE after IS NOT NULL AND state = 'waiting';
CREATE INDEX job_lease ON job (lease) WHERE lease IS NOT NULL;

CREATE TABLE attempt (
  job     INTEGER NOT NULL REFERENCES job ON DELETE CASCADE,
  number  INTEGER NOT NULL,
  began   INTEGER NOT NULL,
  took_ms INTEGER,
  outcome TEXT,
  PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  action  TEXT NOT NULL,
  target  TEXT NOT NULL,
  trigger TEXT NOT NULL,
  job     INTEGER NOT NULL,
  state   TEXT NOT NULL CHECK (state IN ('taken', 'held', 'ending', 'ended', 'void', 'failed')),
  since   INTEGER NOT NULL,
  until   INTEGER NOT NULL,
  times   INTEGER NOT NULL,
  ended   INTEGER,
  why     TEXT,
  token   BLOB,
  uncertain INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX lease_live ON lease (action, target) WHERE state IN ('taken', 'held');
CREATE INDEX lease_past ON lease (action, target, id);
CREATE INDEX lease_due ON lease (until) WHERE state = 'held';

CREATE TABLE damping (
  trigger TEXT NOT NULL,
  kind    TEXT NOT NULL,
  key     TEXT NOT NULL,
  expires INTEGER NOT NULL,
  data    TEXT NOT NULL,
  PRIMARY KEY (trigger, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX damping_expires ON damping (expires);

CREATE TABLE pause (
  scope TEXT NOT NULL CHECK (scope IN ('all', 'action', 'trigger')),
  name  TEXT NOT NULL,
  since INTEGER NOT NULL,
  why   TEXT NOT NULL,
  PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

-- What components keep, and how much that is: the triggers count.
CREATE TABLE store (
  action  TEXT NOT NULL,
  key     TEXT NOT NULL,
  value   BLOB NOT NULL,
  version INTEGER NOT NULL,
  expires INTEGER,
  UNIQUE (action, key)
) STRICT;
CREATE INDEX store_expires ON store (action, expires) WHERE expires IS NOT NULL;
CREATE TABLE store_use (
  action  TEXT PRIMARY KEY,
  keys    INTEGER NOT NULL,
  bytes   INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER store_more AFTER INSERT ON store BEGIN
  INSERT INTO store_use VALUES (new.action, 1, octet_length(new.key) + length(new.value), new.version)
  ON CONFLICT (action) DO UPDATE SET keys = keys + 1, bytes = bytes + octet_length(new.key) + length(new.value),
    version = max(version, new.version);
END;
CREATE TRIGGER store_other AFTER UPDATE ON store BEGIN
  UPDATE store_use SET bytes = bytes + length(new.value) - length(old.value), version = max(version, new.version)
  WHERE action = new.action;
END;
CREATE TRIGGER store_less AFTER DELETE ON store BEGIN
  UPDATE store_use SET keys = keys - 1, bytes = bytes - octet_length(old.key) - length(old.value)
  WHERE action = old.action;
END;

CREATE TABLE audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at     INTEGER NOT NULL,
  what   TEXT NOT NULL,
  job    INTEGER,
  lease  INTEGER,
  detail TEXT NOT NULL,
  sum    BLOB NOT NULL
) STRICT;
CREATE INDEX audit_job ON audit (job) WHERE job IS NOT NULL;
CREATE TABLE anchor (number INTEGER NOT NULL, sum BLOB NOT NULL) STRICT;
INSERT INTO anchor VALUES (0, zeroblob(32));
";

/// Which configuration was in force when something was decided; what is to be told of pauses; leases that are over, in the order in
/// which they go.
const V2: &str = "
CREATE INDEX audit_configured ON audit (number) WHERE what = 'configured';
CREATE INDEX lease_ended ON lease (ended) WHERE ended IS NOT NULL;
CREATE TABLE notice (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  at     INTEGER NOT NULL,
  paused INTEGER NOT NULL,
  scope  TEXT NOT NULL,
  why    TEXT NOT NULL
) STRICT;
";

/// The version that this program writes.
pub(super) fn newest() -> usize {
    STEPS.len()
}

/// The version of a file; 0 for one without tables.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    // A negative one is none of ours: newer than anything.
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Takes a file to the newest version, each step whole or not at all.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let from = version(connection)?;
    for (number, step) in STEPS.iter().enumerate().skip(from) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        set_version(&transaction, number + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

fn set_version(transaction: &Transaction<'_>, version: usize) -> rusqlite::Result<()> {
    transaction.pragma_update(None, "user_version", i64::try_from(version).unwrap_or(i64::MAX))
}
