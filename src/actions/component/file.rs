//! A component's file: read once, and told from what is no component before anything is compiled.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

/// Largest component that is read, in bytes. An action in Python with its interpreter has 18 MB.
const LARGEST: u64 = 64 << 20;

/// Why a file is not a component. The text goes on from its name: "/path/action.wasm: …".
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read this component: {0}")]
    Read(#[from] io::Error),
    /// It is a directory, a device, a pipe.
    #[error("cannot read this component: it is not a file")]
    NotAFile,
    /// It is larger than anything we compile.
    #[error("this file has more than {} MiB, which is the most that is read of a component", LARGEST >> 20)]
    TooLarge,
    /// It is something else altogether.
    #[error("this is not a component but {0}")]
    NotWasm(&'static str),
    /// It is WebAssembly, but of the kind that components are made of.
    #[error(
        "this is a core WebAssembly module, not a component: build it with `cargo build --target wasm32-wasip2`, or make a \
         component of it with `wasm-tools component new`"
    )]
    CoreModule,
    /// The end is missing.
    #[error("this component is cut short: it has {has} bytes, and its parts need at least {needs}; copy it again")]
    Truncated {
        /// Length of the file.
        has: u64,
        /// Where the part that is cut would end.
        needs: u64,
    },
}

/// The file's bytes, read once: what is checked is what is compiled.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, FileError> {
    // Asked before it is opened: opening a pipe waits for whoever writes to it.
    if !fs::metadata(file)?.is_file() {
        return Err(FileError::NotAFile);
    }
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(LARGEST.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST { Err(FileError::TooLarge) } else { Ok(bytes) }
}

/// Tells what is not a component, or not a whole one, by its first bytes and its sections.
pub(super) fn identify(bytes: &[u8]) -> Result<(), FileError> {
    match bytes {
        [] => Err(FileError::NotWasm("an empty file")),
        [0, b'a', b's', b'm', _, _, 1, 0, sections @ ..] => whole(bytes.len(), sections),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(FileError::CoreModule),
        [0, b'a', b's', b'm', _, _, _, _, ..] => Err(FileError::NotWasm("WebAssembly of an unknown version")),
        [0, b'a', b's', b'm', ..] => {
            Err(FileError::Truncated { has: u64::try_from(bytes.len()).unwrap_or(0), needs: 8 })
        }
        [0x7f, b'E', b'L', b'F', ..] => Err(FileError::NotWasm("an ELF file (a program, or compiled code)")),
        [b'#', b'!', ..] => Err(FileError::NotWasm("a script")),
        _ => Err(FileError::NotWasm(match std::str::from_utf8(bytes) {
            Ok(text) if text.trim_start().starts_with(['(', ';']) => {
                "WebAssembly text: make a binary of it with `wasm-tools parse`"
            }
            Ok(text) if !text.contains('\0') => "text",
            _ => "something that does not begin as WebAssembly does",
        })),
    }
}

/// Walks the sections of a component: each has one byte of kind, a length in LEB128, and as many bytes.
fn whole(length: usize, mut rest: &[u8]) -> Result<(), FileError> {
    let bytes = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let truncated = |needs: u64| FileError::Truncated { has: bytes(length), needs };
    while let [_kind, after @ ..] = rest {
        let Some(end) = after.iter().take(5).position(|byte| byte & 0x80 == 0) else {
            // Five bytes that go on are no length: for the compiler to refuse.
            return if after.len() < 5 { Err(truncated(bytes(length).saturating_add(1))) } else { Ok(()) };
        };
        let (size, body) = after.split_at(end.saturating_add(1));
        let size = size.iter().rev().fold(0_u64, |size, byte| (size << 7) | u64::from(byte & 0x7f));
        let at = bytes(length.saturating_sub(body.len()));
        match usize::try_from(size).ok().and_then(|size| body.get(size..)) {
            Some(next) => rest = next,
            None => return Err(truncated(at.saturating_add(size))),
        }
    }
    Ok(())
}
