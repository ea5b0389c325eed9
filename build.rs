//! Finds libprelude with pkg-config and writes Rust bindings for the functions named below; lists the files that
//! `action new` writes, so that they become part of the program.
//!
//! Only what is used is bound: a function that is not in [`FUNCTIONS`] cannot be called.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

/// The oldest libprelude whose behaviour this project was tested against.
const OLDEST: &str = "5.2.0";

/// How to get what the build needs, for the reader of a failed build.
const INSTALL: &str = "on Debian and Ubuntu: apt-get install libprelude-dev pkg-config libclang-dev";

/// The C functions that are bound, as regular expressions over whole names.
const FUNCTIONS: &[&str] = &[
    // the library, its errors and its log
    "prelude_(init|strerror)",
    "prelude_log_set_callback",
    // a sensor's identity and configuration
    "prelude_client_(new|init|destroy|set_config_filename|get_analyzer|get_connection_pool|get_profile)",
    "prelude_client_profile_(new|destroy|get_analyzerid|get_credentials|get_profile_dirname)",
    "prelude_connection_pool_get_connection_string",
    "idmef_object_print_json",
    // one connection to a manager
    "prelude_connection_(new|connect|close|destroy|get_fd|get_peer_analyzerid|is_alive)",
    "prelude_io_(new|destroy|close|read|write|pending|get_fd|set_buffer_io)",
    // IDMEF as libprelude understands it: the oracle of our tests
    "prelude_msg_(read|write|destroy)",
    "prelude_msgbuf_(new|destroy|mark_end|set_callback|set_data|get_data)",
    "prelude_string_(new|destroy|get_string|get_len)",
    "idmef_message_(new|destroy|read|write|set_pmsg)",
    "idmef_path_(new_fast|get|destroy)",
    "idmef_value_(destroy|to_string|get_type|get_count|get_nth2|is_list)",
    "idmef_criteria_(new_from_string|match|destroy)",
    "idmef_class_(enum_to_string|get_child_(count|name|class|value_type)|is_child_(list|keyed_list))",
];

/// Enumerations and macros that are bound beside the functions.
const VALUES: &[&str] = &[
    "prelude_log_t",
    "prelude_error_code_t",
    "prelude_connection_permission_t",
    "idmef_value_type_id_t",
    "IDMEF_CLASS_ID_MESSAGE",
];

/// What is embedded for `action new`: the name of the group and where it is kept.
const EMBEDDED: &[(&str, &str)] = &[("wit", "wit"), ("sdk", "guest-sdk"), ("template", "guest-sdk/templates")];
/// Directories that building leaves behind, and those that have a group of their own.
const LEFT_OUT: &[&str] =
    &["target", "build", "node_modules", "__pycache__", "released", "templates", "wasi-tls", "deps"];
/// The largest file that is embedded.
const LARGEST: u64 = 2 << 20;

fn main() {
    if let Err(error) = generate().and_then(|()| embed()) {
        for line in error.to_string().lines().filter(|line| !line.trim().is_empty()) {
            println!("cargo::error={line}");
        }
    }
}

/// Writes the bindings.
fn generate() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/libprelude/wrapper.h");

    let library =
        pkg_config::Config::new().atleast_version(OLDEST).probe("libprelude").map_err(|error| explain(&error))?;

    let mut builder = bindgen::Builder::default()
        .header("src/libprelude/wrapper.h")
        .clang_args(library.include_paths.iter().map(|path| format!("-I{}", path.display())))
        .default_enum_style(bindgen::EnumVariation::ModuleConsts)
        .layout_tests(false)
        .generate_comments(false);
    for name in FUNCTIONS {
        builder = builder.allowlist_function(name);
    }
    for name in VALUES {
        builder = builder.allowlist_type(name).allowlist_var(name);
    }
    // bindgen panics, rather than returning an error, when it cannot load libclang.
    let bindings = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| builder.generate()))
        .map_err(|_| format!("libclang, which reads libprelude's headers, could not be loaded.\nInstall libclang-dev ({INSTALL})."))?
        .map_err(|error| format!("libprelude's headers could not be read: {error}\nIf a system header such as `limits.h` is missing, install libclang-dev ({INSTALL})."))?;
    let output = PathBuf::from(env::var("OUT_DIR")?).join("libprelude.rs");
    bindings.write_to_file(&output).map_err(|error| format!("cannot write {}: {error}", output.display()))?;
    Ok(())
}

/// Writes the list of the files that `action new` copies.
fn embed() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut list = String::from("&[\n");
    for (group, directory) in EMBEDDED {
        println!("cargo::rerun-if-changed={directory}");
        let mut files = Vec::new();
        let directory = root.join(directory);
        collect(&directory, &mut files)?;
        files.sort();
        for file in files {
            let name = file.strip_prefix(&directory)?.to_str().ok_or("a name that is not UTF-8")?;
            let text = file.to_str().ok_or("a name that is not UTF-8")?;
            list.push_str(&format!("    ({group:?}, {name:?}, include_str!({text:?})),\n"));
        }
    }
    list.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("embedded.rs"), list)?;
    Ok(())
}

/// All files below a directory that belong to it.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(directory).map_err(|error| format!("cannot read {}: {error}", directory.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !LEFT_OUT.contains(&name) {
                collect(&path, files)?;
            }
        } else if !(name == "Cargo.lock" || name.starts_with("regenerate")) {
            if path.metadata()?.len() > LARGEST || fs::read_to_string(&path).is_err() {
                return Err(format!(
                    "{} cannot be embedded: it is no text, or has more than {LARGEST} bytes",
                    path.display()
                )
                .into());
            }
            files.push(path);
        }
    }
    Ok(())
}

/// Says what is missing and how to get it.
fn explain(error: &pkg_config::Error) -> String {
    use pkg_config::Error as E;
    match error {
        E::Command { cause, .. } if cause.kind() == std::io::ErrorKind::NotFound => {
            format!("pkg-config, which finds libprelude, is not installed.\nInstall it ({INSTALL}).")
        }
        E::ProbeFailure { output, .. } if String::from_utf8_lossy(&output.stderr).contains("version") => {
            format!("libprelude is older than {OLDEST}, the oldest this project supports.\n{error}")
        }
        _ => format!(
            "libprelude >= {OLDEST} was not found by pkg-config.\nInstall libprelude-dev ({INSTALL}).\n\n{error}"
        ),
    }
}
