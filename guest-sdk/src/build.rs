// SPDX-License-Identifier: MIT OR Apache-2.0

//! For build scripts: puts the JSON schema of an action's configuration into the component, where `prelude-trigger check` and
//! editors find it.
//!
//! The configuration is a file of its own that needs nothing else of the action; it is compiled twice, into the action and
//! into the build script, so the schema cannot be another version's.
//!
//! ```toml
//! [dependencies]
//! prelude-trigger-guest = { version = "0.1", features = ["schema"] }
//! schemars = "1"
//! serde = { version = "1", features = ["derive"] }
//!
//! [build-dependencies]     # all that src/config.rs uses
//! prelude-trigger-guest = { version = "0.1", features = ["build"] }
//! schemars = "1"
//! serde = { version = "1", features = ["derive"] }
//! ```
//!
//! ```no_run
//! // src/config.rs
//! /// What the operator writes below `config:`.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! pub struct Config {
//!     /// Whom the notice is for.
//!     pub to: String,
//! }
//!
//! // build.rs
//! # /*
//! #[allow(dead_code)]
//! #[path = "src/config.rs"]
//! mod config;
//! # */
//! # mod config { pub use super::Config; }
//!
//! fn main() {
//!     prelude_trigger_guest::build::metadata::<config::Config>();
//! }
//! ```

/// Writes what is known of the package, and the schema, for [`action!`](crate::action) to pick up.
///
/// # Panics
/// It is not a build script that calls it.
pub fn metadata<Config: schemars::JsonSchema>() {
    println!("cargo::rustc-env=PRELUDE_TRIGGER_METADATA={}", json::<Config>(|name| std::env::var(name).ok()));
    // Cargo knows by itself what the script was compiled from; without this line every change would run it again.
    println!("cargo::rerun-if-changed=build.rs");
}

/// One line.
fn json<Config: schemars::JsonSchema>(variable: impl Fn(&str) -> Option<String>) -> String {
    let package = |name: &str| variable(&format!("CARGO_PKG_{name}")).filter(|text| !text.is_empty());
    let authors = package("AUTHORS").unwrap_or_default();
    let mut json = serde_json::json!({
        "name": package("NAME").expect("only a build script that cargo runs knows of a package"),
        "version": package("VERSION"),
        "authors": authors.split(':').filter(|author| !author.is_empty()).collect::<Vec<_>>(),
        "licence": package("LICENSE"),
        "description": package("DESCRIPTION"),
        "config-schema": schemars::schema_for!(Config),
    });
    if let Some(members) = json.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    json.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(schemars::JsonSchema)]
    #[allow(dead_code)]
    struct Config {
        /// Whom it is for,
        /// in two lines.
        to: String,
        path: crate::Path,
    }

    #[test]
    fn the_schema_is_in_it_on_one_line() {
        let json = json::<Config>(|name| match name {
            "CARGO_PKG_NAME" => Some("mail".into()),
            "CARGO_PKG_AUTHORS" => Some("A:B".into()),
            "CARGO_PKG_LICENSE" => Some(String::new()),
            _ => None,
        });
        assert!(!json.contains('\n'), "{json}");
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["authors"], serde_json::json!(["A", "B"]));
        assert!(json.get("licence").is_none());
        assert_eq!(json["config-schema"]["required"], serde_json::json!(["to", "path"]));
        assert_eq!(json["config-schema"]["$defs"]["Path"]["format"], "idmef-path");
    }
}
