//! Actions that are WASI components: strangers' code that owns nothing but the alert it was handed, and what it
//! was granted.
//!
//! [`Engine`] is the process's one WebAssembly engine. [`Component::load`] takes an action from its file to something
//! that can run: read once, identified, compiled (or taken from the cache), its imports compared with what is
//! granted, its configuration checked by the component itself. [`Component::run`] runs one job in a sandbox
//! of its own that is thrown away afterwards.
//!
//! What holds:
//! - A component is linked with what [`wasi`] and [`host`] list, with the interfaces of its grants ([`grant`]), and with nothing
//!   else. One that imports more is refused when it is loaded, by the name of the import and with the line that would
//!   grant it ([`wants`]). What is granted is narrowed again at each call.
//! - A secret that a job was told is not said by it: not in the log, not in its outcome ([`discretion`]).
//! - No memory outlives a job, so that no alert can leave anything behind for the next.
//! - Every call into a component, `validate` too, is limited in CPU time, wall-clock time, memory, table elements,
//!   handles and words ([`limits`], [`output`]). CPU time is counted by the thread's CPU clock whenever an epoch ends,
//!   a hundredth of a second; the guest gives way to other tasks at the same time.
//! - Whatever a guest does, the job ends in an [`Outcome`](super::Outcome): its own word, or ours about why it was stopped.
//! - Guests that compute for longer than an epoch take turns, on all cores but one: however many there are, short jobs do not
//!   wait for them, and an action that seldom computes does not wait for the many jobs of one that does (`turns`).
//! - Compiled code is executed only if this user's daemon wrote it and not a bit of it has changed ([`cache`]).
//!
//! Failure modes: a component that cannot be loaded says why as a [`LoadError`]; a cache of compiled code that others
//! could write to is refused ([`EngineError`]), a file in it that is damaged or not ours is removed and compiled anew; where there
//! is no room for a pool of memory, it is had on demand ([`pool`]).
//!
//! From the top down; a file names none that stands above it:
//!
//! | files | are for |
//! |---|---|
//! | `inspect`, `annotate` | an author's and an operator's look at a component: nothing of it is run |
//! | `load`, `error` | from an action's file to a component that can run, or why not |
//! | `run` | a component's jobs |
//! | `engine` | the process's one engine |
//! | `link`, `imports` | what is linked, and what a component may import |
//! | [`host`] | our own interfaces, answered by a sandbox |
//! | `sandbox` | all that one call has: the data of its store |
//! | [`grant`] | what the operator granted, narrowed at each call |
//! | [`tape`] | what a job asked of the world, written down |
//! | [`net`], [`wasi`], `unused` | interfaces for any store that has a view of their part: they know no sandbox |
//! | [`output`], [`metadata`] | what a component says, when it runs and about itself |
//! | [`cache`], `clock`, `turns`, [`pool`], [`limits`], `file` | what the engine and each call stand on |
//! | `trouble`, [`discretion`], `interface`, `issue`, [`wants`] | small things that many of the others pass on |

mod annotate;
mod cache;
mod clock;
mod discretion;
mod engine;
mod error;
mod file;
mod grant;
mod host;
mod imports;
mod inspect;
mod interface;
mod issue;
mod limits;
mod link;
mod load;
pub mod metadata;
mod net;
mod output;
mod pool;
mod run;
mod sandbox;
pub mod tape;
mod trouble;
mod turns;
mod unused;
mod wants;
mod wasi;

pub use annotate::{AnnotateError, annotate_file};
pub use engine::{Engine, EngineError, Options};
pub use error::LoadError;
pub use file::FileError;
pub use grant::GrantError;
pub use imports::ImportError;
pub use inspect::{Inspection, Key, inspect};
pub use issue::ConfigIssue;
pub use net::{Answer, ExchangeError, LookupError, Outside, Request, Response, System, Way};
pub use run::Component;
pub use wants::{Capability, Comparison, Want};
