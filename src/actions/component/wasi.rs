//! What every component gets of WASI 0.2: streams that lead to the log, clocks, randomness, and nothing else.

use wasmtime::component::Linker;
use wasmtime_wasi::{
    WasiView,
    cli::{WasiCli, WasiCliView},
    filesystem::{WasiFilesystem, WasiFilesystemView},
    p2::{add_to_linker_proxy_interfaces_async, bindings},
    random::WasiRandom,
};

use super::interface::{Interface, all};

/// The WASI interfaces that are linked.
///
/// Two of them belong to the file system. Components that were built as `wasm32-wasip1` and adapted, which is what
/// `cargo component build` makes, carry an adapter that knows standard output as a file descriptor: it asks for the preopened
/// directories, of which there are none, and imports the functions by which it would write to a file. With no directory there
/// is no descriptor to call them on. The functions by which files are opened, made or removed may not be imported, so a component
/// that means to use files is refused when it is loaded, and not surprised when it runs.
pub(super) const BASE: &[Interface] = &[
    all("wasi:io/error"),
    all("wasi:io/poll"),
    all("wasi:io/streams"),
    all("wasi:clocks/monotonic-clock"),
    all("wasi:clocks/wall-clock"),
    all("wasi:random/random"),
    all("wasi:random/insecure"),
    all("wasi:random/insecure-seed"),
    all("wasi:cli/environment"),
    all("wasi:cli/exit"),
    all("wasi:cli/stdin"),
    all("wasi:cli/stdout"),
    all("wasi:cli/stderr"),
    all("wasi:cli/terminal-input"),
    all("wasi:cli/terminal-output"),
    all("wasi:cli/terminal-stdin"),
    all("wasi:cli/terminal-stdout"),
    all("wasi:cli/terminal-stderr"),
    all("wasi:filesystem/preopens"),
    Interface {
        name: "wasi:filesystem/types",
        functions: Some(&[
            "[method]descriptor.read-via-stream",
            "[method]descriptor.write-via-stream",
            "[method]descriptor.append-via-stream",
            "[method]descriptor.get-flags",
            "[method]descriptor.get-type",
            "[method]descriptor.stat",
            // A Rust guest with a TCP stream of std asks it of whatever is behind a descriptor of its own.
            "[method]descriptor.metadata-hash",
            "filesystem-error-code",
        ]),
    },
];

/// Links the interfaces of [`BASE`].
pub(super) fn link<T: WasiView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    // io, clocks, random, and the three standard streams
    add_to_linker_proxy_interfaces_async(linker)?;
    bindings::random::insecure::add_to_linker::<_, WasiRandom>(linker, |data| data.ctx().ctx.random())?;
    bindings::random::insecure_seed::add_to_linker::<_, WasiRandom>(linker, |data| data.ctx().ctx.random())?;
    bindings::cli::environment::add_to_linker::<_, WasiCli>(linker, T::cli)?;
    bindings::cli::exit::add_to_linker::<_, WasiCli>(linker, T::cli)?;
    bindings::cli::terminal_input::add_to_linker::<_, WasiCli>(linker, T::cli)?;
    bindings::cli::terminal_output::add_to_linker::<_, WasiCli>(linker, T::cli)?;
    bindings::cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, T::cli)?;
    bindings::cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, T::cli)?;
    bindings::cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, T::cli)?;
    bindings::filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, T::filesystem)?;
    bindings::filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, T::filesystem)
}
