//! Components for tests, built from their sources once in a run of the tests.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, OnceLock},
};

/// The guest that does whatever its configuration says.
pub fn hostile() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build("tests/guests/hostile", "hostile", ""))
}

/// The same, with one of its features: `files` or `sockets`.
pub fn hostile_with(feature: &str) -> PathBuf {
    build("tests/guests/hostile", "hostile", feature)
}

/// The guest that tries what its configuration says on the network.
pub fn network() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build("tests/guests/network", "network", "dns,http,tcp"))
}

/// One of the example actions.
pub fn example(name: &'static str) -> &'static Path {
    static BUILT: Mutex<BTreeMap<&str, &Path>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().expect("no build has failed");
    built.entry(name).or_insert_with(|| Box::leak(build(&format!("examples/{name}"), name, "").into_boxed_path()))
}

/// The guest that tries what its configuration says with files, secrets and commands; with these features of it.
pub fn granted(features: &str) -> PathBuf {
    build("tests/guests/granted", "granted", features)
}

/// An action made from the first release of the interface.
pub fn oldest() -> PathBuf {
    build("tests/guests/oldest", "oldest", "")
}

/// The guest of the network with one of its features alone: `dns`, `http` or `tcp`.
pub fn network_with(feature: &str) -> PathBuf {
    build("tests/guests/network", "network", feature)
}

/// The example action.
pub fn notice() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build("examples/notice", "notice", ""))
}

/// The example action as `cargo component build` makes it: a module for wasm32-wasip1 with an adapter. None, and a word
/// about it, where cargo-component is not installed.
pub fn notice_by_cargo_component() -> Option<PathBuf> {
    if Command::new("cargo-component").arg("--version").output().is_err() {
        eprintln!("skipped: cargo-component is not installed");
        return None;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests-cargo-component");
    let output = Command::new("cargo-component")
        .args(["component", "build", "--release", "--locked", "--target-dir"])
        .arg(&target)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/notice"))
        .output()
        .expect("cargo-component cannot be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(target.join("wasm32-wasip1/release/notice.wasm"))
}

/// Lets cargo use the compiler that `tests/guest-rustc` found, if it found another than the usual one.
fn compiler(cargo: &mut Command) -> &mut Command {
    match std::env::var_os("GUEST_RUSTC") {
        Some(rustc) if !rustc.is_empty() => cargo.env("RUSTC", rustc),
        _ => cargo,
    }
}

/// Builds the crate in `directory` (of the repository) for wasm32-wasip2; the dependencies are shared by all guests.
fn build(directory: &str, name: &str, feature: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    // The directory that `tests/crates` builds into, and one of its own for each feature: artefacts have the same name.
    let guests = if feature.is_empty() { "../guests" } else { &format!("guests-{}", feature.replace(',', "-")) };
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(guests);
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = compiler(&mut Command::new(cargo))
        .args(["build", "--release", "--locked", "--target", "wasm32-wasip2", "--features", feature, "--target-dir"])
        .arg(&target)
        .current_dir(directory)
        .output()
        .expect("cargo cannot be started");
    assert!(
        output.status.success(),
        "{name} cannot be built (is the target there? `tests/guest-rustc` sees to it):\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    target.join("wasm32-wasip2/release").join(name).with_extension("wasm")
}
