// SPDX-License-Identifier: MIT OR Apache-2.0

//! Write actions for Prelude Trigger: a struct for the configuration and one function.
//!
//! An action is a WebAssembly component that is called when the filters of a trigger match an IDMEF alert. It is handed the
//! alert, its configuration and the particulars of the job, and says how it ended.
//!
//! ```
//! use prelude_trigger_guest::{Alert, Context, Error, Outcome, action, info};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Config {
//!     /// Whom the notice is for.
//!     to: String,
//! }
//!
//! fn run(job: &Context, config: &Config, alert: &Alert) -> Result<Outcome, Error> {
//!     let Some(what) = alert.text("alert.classification.text")? else {
//!         return Ok(Outcome::skipped("the alert does not say what happened"));
//!     };
//!     info!("{}: {what}, says trigger {}", config.to, job.trigger);
//!     Ok(Outcome::done("told").output("to", &config.to))
//! }
//!
//! action!(Config, run);
//! # fn main() {}
//! ```
//!
//! With `crate-type = ["cdylib"]`, `cargo build --release --target wasm32-wasip2` makes the component.
//!
//! - A configuration that does not fit the struct is reported when the daemon loads the action, with the place of the mistake.
//!   What serde cannot say belongs into a type of its own with `#[serde(try_from = "String")]`; an IDMEF path, for example,
//!   into a field of type [`Path`].
//! - `println!`, `eprintln!` and panic messages appear in the daemon's log; [`info!`] and its siblings do too, with a level.
//! - Everything in an alert, and every capture, may have been chosen by an attacker.
//! - An action that can take back what it did has one function more: see [`action!`].
//! - What the operator can grant is behind cargo features: `secrets`, `commands`, `state`, `http`, `net`. Outside components [`testing`]
//!   stands for the host, so that an action is tested by `cargo test`.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ProjectReadme;

#[cfg(not(feature = "regenerate"))]
#[doc(hidden)]
#[allow(warnings)]
#[rustfmt::skip]
pub mod bindings;

#[cfg(feature = "regenerate")]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "action",
        pub_export_macro: true,
        default_bindings_module: "prelude_trigger_guest::bindings",
        additional_derives: [PartialEq],
    });
}

#[cfg(not(feature = "regenerate-undo"))]
#[doc(hidden)]
#[allow(warnings)]
#[rustfmt::skip]
pub mod undo_bindings;

#[cfg(feature = "regenerate-undo")]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod undo_bindings {
    wit_bindgen::generate!({
        inline: "package prelude-trigger:guest; world undoer { export prelude:trigger/undo@0.1.1; }",
        path: "../wit",
        world: "prelude-trigger:guest/undoer",
        with: { "prelude:trigger/types@0.1.1": crate::bindings::prelude::trigger::types },
        pub_export_macro: true,
        default_bindings_module: "prelude_trigger_guest::undo_bindings",
    });
}

#[cfg(all(target_arch = "wasm32", not(feature = "regenerate-wasi"), any(feature = "http", feature = "net", feature = "random")))]
#[allow(warnings, clippy::all, clippy::pedantic)]
#[rustfmt::skip]
mod wasi;

#[cfg(feature = "regenerate-wasi")]
#[allow(warnings)]
mod wasi {
    wit_bindgen::generate!({
        path: "target/wit",
        world: "prelude-trigger:guest/wasi",
        features: ["tls"],
        generate_all,
    });
}

mod alert;
#[cfg(all(feature = "build", not(target_arch = "wasm32")))]
pub mod build;
#[cfg(feature = "commands")]
pub mod commands;
mod config;
#[cfg(feature = "http")]
pub mod http;
mod idmef;
mod log;
mod metadata;
#[cfg(feature = "net")]
pub mod net;
mod outcome;
#[cfg(feature = "random")]
mod random;
#[cfg(feature = "secrets")]
pub mod secrets;
#[cfg(feature = "state")]
pub mod state;
#[cfg(all(target_arch = "wasm32", any(feature = "http", feature = "net")))]
mod stream;
#[cfg(feature = "template")]
pub mod template;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod undo;

pub use self::log::log;
pub use alert::{Alert, Path, PathError};
pub use bindings::prelude::trigger::{
    idmef::{PathInfo, ValueType},
    log::Level,
    types::{Context, Entry, Enumeration, MessageKind, Mode, NamedText, Outcome, Status, Timestamp, Value},
};
pub use outcome::Error;
#[cfg(feature = "random")]
pub use random::random_bytes;

#[doc(hidden)]
pub mod __private {
    pub use crate::bindings::exports::prelude::trigger::handler::{
        ActionError, ConfigIssue, Context, Guest, Message, Outcome,
    };
    pub use crate::undo_bindings::exports::prelude::trigger::undo::Guest as UndoGuest;
    pub use crate::{
        config::parse,
        idmef::check::check_path,
        metadata::{length, section},
        undo::token,
    };
}

/// Makes a component of a configuration type and a function.
///
/// `action!(Config, run);` takes a type that is [`serde::Deserialize`] for owned data, and a function
/// `fn(&Context, &Config, &Alert) -> Result<Outcome, Error>`. Used once, in the root of a crate of type `cdylib`.
///
/// `action!(Config, run, undo);` makes one that can take back what it did: the operator may then want its effect for a time. `undo`
/// is a function `fn(&Context, &Config, Option<Token>) -> Result<Outcome, Error>`, where `Token` is the type that `run` hands out
/// with [`Outcome::undo_with`]. There is none when `run` handed out none, or when nobody knows how it ended.
///
/// ```
/// use prelude_trigger_guest::{Alert, Context, Error, Outcome, action, testing};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Opened {
///     ticket: u64,
/// }
///
/// fn run(_: &Context, _: &(), _: &Alert) -> Result<Outcome, Error> {
///     Outcome::done("opened ticket 7").undo_with(&Opened { ticket: 7 })
/// }
///
/// fn undo(_: &Context, _: &(), token: Option<Opened>) -> Result<Outcome, Error> {
///     match token {
///         Some(Opened { ticket }) => Ok(Outcome::done(format!("closed ticket {ticket}"))),
///         None => Ok(Outcome::skipped("no ticket was opened")),
///     }
/// }
///
/// action!((), run, undo);
///
/// # fn main() -> Result<(), Error> {
/// let done = run(&testing::job(), &(), &testing::alert(r#"{"alert": {}}"#))?;
/// let undone = undo(&testing::job(), &(), done.token()?)?;
/// assert_eq!(undone.summary.as_deref(), Some("closed ticket 7"));
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! action {
    ($config:ty, $run:path, $undo:path) => {
        $crate::action!($config, $run);

        impl $crate::__private::UndoGuest for __PreludeTriggerAction {
            fn undo(
                context: $crate::__private::Context,
                config: String,
                token: Vec<u8>,
            ) -> Result<$crate::__private::Outcome, $crate::__private::ActionError> {
                let config = $crate::__private::parse::<$config>(&config)
                    .map_err(|issue| $crate::Error::misconfigured(format!("{}: {}", issue.pointer, issue.message)))?;
                let undo: fn(&$crate::Context, &$config, Option<_>) -> Result<$crate::Outcome, $crate::Error> = $undo;
                let ended = undo(&context, &config, $crate::__private::token(&token)?);
                let _ = ::std::io::Write::flush(&mut ::std::io::stdout());
                Ok(ended?)
            }
        }

        #[cfg(target_arch = "wasm32")]
        $crate::undo_bindings::export!(__PreludeTriggerAction with_types_in $crate::undo_bindings);
    };
    ($config:ty, $run:path) => {
        #[doc(hidden)]
        pub struct __PreludeTriggerAction;

        impl $crate::__private::Guest for __PreludeTriggerAction {
            fn validate(config: String) -> Result<(), Vec<$crate::__private::ConfigIssue>> {
                $crate::__private::parse::<$config>(&config).map(drop).map_err(|issue| vec![issue])
            }

            fn run(
                context: $crate::__private::Context,
                config: String,
                alert: $crate::__private::Message,
            ) -> Result<$crate::__private::Outcome, $crate::__private::ActionError> {
                // The host validates a configuration before it runs anything, but it need not be this very text.
                let config = $crate::__private::parse::<$config>(&config)
                    .map_err(|issue| $crate::Error::misconfigured(format!("{}: {}", issue.pointer, issue.message)))?;
                let run: fn(&$crate::Context, &$config, &$crate::Alert) -> Result<$crate::Outcome, $crate::Error> = $run;
                let ended = run(&context, &config, &$crate::Alert::from(alert));
                // What was printed without a line break is still in std's buffer, and this instance ends here.
                let _ = ::std::io::Write::flush(&mut ::std::io::stdout());
                Ok(ended?)
            }
        }

        // The daemon's operator reads it without running anything.
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            const GIVEN: ::core::option::Option<&str> = ::core::option_env!("PRELUDE_TRIGGER_METADATA");
            const PACKAGE: [&str; 5] = [
                ::core::env!("CARGO_PKG_NAME"),
                ::core::env!("CARGO_PKG_VERSION"),
                ::core::env!("CARGO_PKG_AUTHORS"),
                ::core::env!("CARGO_PKG_LICENSE"),
                ::core::env!("CARGO_PKG_DESCRIPTION"),
            ];
            #[unsafe(link_section = "prelude:action")]
            pub static SECTION: [u8; $crate::__private::length(GIVEN, PACKAGE)] =
                $crate::__private::section(GIVEN, PACKAGE);
        };

        // The names of a component's exports are not names to the linkers of other targets.
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::export!(__PreludeTriggerAction with_types_in $crate::bindings);
    };
}
