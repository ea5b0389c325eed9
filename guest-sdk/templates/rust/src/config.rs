//! What the operator writes below `config:`. A file of its own, as the build script reads it, too.

/// Configuration of the action.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What each line begins with.
    #[serde(default = "usual_prefix")]
    pub prefix: String,
}

fn usual_prefix() -> String {
    "alert".to_owned()
}
