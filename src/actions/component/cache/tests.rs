//! Everything that can be wrong with a file in the cache: the component runs all the same, and never as the file says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
    sync::Arc,
};

use tempfile::TempDir;
use wasmtime::{Config, Store, component::Linker};

use super::*;

/// One start of the daemon: its engine and its cache.
struct Start {
    engine: Engine,
    cache: Cache,
}

impl Start {
    fn new(directory: &Path) -> Self {
        Self::with(directory, &mut Config::new())
    }

    fn with(directory: &Path, config: &mut Config) -> Self {
        let cache = Cache::open(directory).unwrap();
        Self { engine: Engine::new(config.cache(Some(cache.wasmtime()))).unwrap(), cache }
    }

    /// What the component answers that should answer `number`; and whether it came out of the cache.
    fn answer(&self, number: u32) -> (u32, bool) {
        let (component, hit) = self.cache.component(&self.engine, &component(number)).unwrap();
        let mut store = Store::new(&self.engine, ());
        let _ = store.set_fuel(1000);
        let instance = Linker::new(&self.engine).instantiate(&mut store, &component).unwrap();
        let function = instance.get_typed_func::<(), (u32,)>(&mut store, "answer").unwrap();
        (function.call(&mut store, ()).unwrap().0, hit)
    }
}

fn component(number: u32) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(component
            (core module $m (func (export "answer") (result i32) i32.const {number}))
            (core instance $i (instantiate $m))
            (func (export "answer") (result u32) (canon lift (core func $i "answer"))))"#
    ))
    .unwrap()
}

/// A cache with the component that answers 42.
fn filled() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let start = Start::new(directory.path());
    assert_eq!(start.answer(42), (42, false));
    let file = start.cache.shelf.path(&key(&start.engine, &component(42)));
    assert!(file.exists());
    (directory, file)
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is said while something is done.
fn said<T>(act: impl FnOnce() -> T) -> (T, String) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let result = tracing::subscriber::with_default(subscriber, act);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    (result, text)
}

/// The next start does not use the file, says so, and the one after it is served from the cache again.
fn recovers(directory: &Path, case: &str) -> String {
    let (answer, log) = said(|| Start::new(directory).answer(42));
    assert_eq!(answer, (42, false), "{case}");
    assert!(log.contains("not using the compiled component"), "{case}: {log}");
    assert_eq!(Start::new(directory).answer(42), (42, true), "{case}");
    log
}

#[test]
fn what_was_compiled_once_is_found_by_the_next_start() {
    let (directory, file) = filled();
    let (answer, log) = said(|| Start::new(directory.path()).answer(42));
    assert_eq!(answer, (42, true));
    assert!(!log.contains("compil"), "{log}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
    // Another component, and other settings, are found apart.
    assert_eq!(Start::new(directory.path()).answer(43), (43, false));
    let metered = || Start::with(directory.path(), Config::new().consume_fuel(true)).answer(42);
    assert_eq!((metered(), metered()), ((42, false), (42, true)));
    assert_eq!(fs::read_dir(directory.path().join("sealed")).unwrap().count(), 3);
}

#[test]
fn no_bit_of_a_file_can_change_unnoticed() {
    let (directory, file) = filled();
    let whole = fs::read(&file).unwrap();
    let heads = (0..sealed_head(&whole)).step_by(7);
    let body = (sealed_head(&whole)..whole.len()).step_by(whole.len() / 20);
    for at in heads.chain(body).chain([whole.len() - 1]) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&file, bytes).unwrap();
        let log = recovers(directory.path(), &format!("bit {} of byte {at}", at % 8));
        assert!(log.contains("its seal is broken"), "{log}");
    }
}

/// Bytes before the compiled code.
fn sealed_head(bytes: &[u8]) -> usize {
    let compiler = bytes.windows(9).position(|window| window == b"wasmtime-").unwrap();
    compiler + 64
}

#[test]
fn no_file_that_is_cut_short_or_goes_on_is_used() {
    let (directory, file) = filled();
    let whole = fs::read(&file).unwrap();
    for length in [0, 1, 47, 48, 80, 112, 120, whole.len() / 2, whole.len() - 1] {
        fs::write(&file, &whole[..length]).unwrap();
        recovers(directory.path(), &format!("{length} bytes"));
    }
    fs::write(&file, [&whole[..], b"more"].concat()).unwrap();
    recovers(directory.path(), "four bytes more");
}

#[test]
fn a_file_is_of_use_for_its_own_component_only() {
    let (directory, file) = filled();
    let start = Start::new(directory.path());
    assert_eq!(start.answer(43), (43, false));
    let other = start.cache.shelf.path(&key(&start.engine, &component(43)));
    let aside = directory.path().join("aside");
    fs::rename(&file, &aside).unwrap();
    fs::rename(&other, &file).unwrap();
    fs::rename(&aside, &other).unwrap();
    recovers(directory.path(), "swapped");
    let (answer, log) = said(|| Start::new(directory.path()).answer(43));
    assert_eq!(answer, (43, false));
    assert!(log.contains("its seal is broken"), "{log}");
}

/// Under a valid seal: wasmtime must not take it either.
#[test]
fn what_another_version_or_other_settings_made_is_compiled_again() {
    let (directory, _) = filled();
    let start = Start::new(directory.path());
    let key = key(&start.engine, &component(42));
    let right = start.cache.shelf.take(&key).unwrap();
    let work = directory.path().join("made-elsewhere");
    fs::create_dir(&work).unwrap();
    let put = |entry: &Entry| start.cache.shelf.put(&key, entry, &work).unwrap();

    put(&Entry { compiler: "wasmtime-47.0.2".to_owned(), name: right.name.clone(), code: right.code.clone() });
    assert_eq!(start.answer(42), (42, false));
    assert_eq!(start.answer(42), (42, true));

    let metered = Start::with(directory.path(), Config::new().consume_fuel(true));
    assert_eq!(metered.answer(42), (42, false));
    let foreign = metered.cache.shelf.take(&super::key(&metered.engine, &component(42))).unwrap();
    put(&Entry { compiler: right.compiler.clone(), name: right.name.clone(), code: foreign.code });
    assert_eq!(start.answer(42), (42, false), "compiled with instructions counted, run without");

    put(&Entry { compiler: right.compiler, name: right.name, code: b"no code at all".to_vec() });
    assert_eq!(start.answer(42), (42, false));
    // A name that leads elsewhere is not even written.
    let outside = Entry { compiler: "..".to_owned(), name: "x".to_owned(), code: Vec::new() };
    start.cache.shelf.put(&key, &outside, &work).unwrap_err();
}

#[test]
fn what_somebody_else_could_have_written_is_not_read() {
    let (directory, file) = filled();
    let whole = fs::read(&file).unwrap();

    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let log = recovers(directory.path(), "writable by all");
    assert!(log.contains("others may write to it (mode 0666)"), "{log}");

    let aside = directory.path().join("aside");
    fs::rename(&file, &aside).unwrap();
    symlink(&aside, &file).unwrap();
    recovers(directory.path(), "a link");
    assert!(!file.is_symlink());
    fs::remove_file(&file).unwrap();
    fs::hard_link(&aside, &file).unwrap();
    recovers(directory.path(), "a file with two names");

    fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    recovers(directory.path(), "a pipe that nobody writes to");

    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: only root can give a file away");
    }
    fs::write(&file, whole).unwrap();
    std::os::unix::fs::chown(&file, Some(65534), None).unwrap();
    let log = recovers(directory.path(), "somebody else's");
    assert!(log.contains("it belongs to user 65534"), "{log}");
    let sealed = directory.path().join("sealed");
    std::os::unix::fs::chown(&sealed, Some(65534), None).unwrap();
    let error = Cache::open(directory.path()).unwrap_err();
    assert!(error.contains("is not a directory of the daemon's alone (user 65534"), "{error}");
}

#[test]
fn processes_share_the_directory_and_tidy_up_after_the_dead() {
    let directory = tempfile::tempdir().unwrap();
    let works = || {
        let entries = fs::read_dir(directory.path()).unwrap().flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("work-")).count()
    };
    // Left by somebody who was killed, and by somebody who was killed earlier still.
    for (name, lock) in [("work-999999", true), ("work-999998", false)] {
        fs::create_dir(directory.path().join(name)).unwrap();
        if lock {
            fs::write(directory.path().join(name).join("lock"), "").unwrap();
        }
    }
    let starts = [Start::new(directory.path()), Start::new(directory.path())];
    assert_eq!(works(), 2);
    std::thread::scope(|scope| {
        for start in &starts {
            for numbers in [0..10, 5..15] {
                scope.spawn(move || numbers.for_each(|number| assert_eq!(start.answer(number).0, number)));
            }
        }
    });
    let third = Start::new(directory.path());
    assert_eq!(works(), 3);
    for number in 0..15 {
        assert_eq!(third.answer(number), (number, true));
    }
    drop((starts, third));
    // wasmtime's thread may write a last word into a directory that is being removed; the next start removes that.
    drop(Start::new(directory.path()));
    assert!(works() <= 1, "{} are left", works());
}

/// A file system of its own, which takes root.
struct Mounted(TempDir);

impl Mounted {
    fn new(options: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(directory.path()).output();
        if mount.is_ok_and(|mount| mount.status.success()) {
            Some(Self(directory))
        } else {
            eprintln!("skipped: file systems cannot be mounted here");
            None
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_costs_the_cache_and_nothing_else() {
    let Some(disk) = Mounted::new("size=32k,mode=700") else { return };
    let start = Start::new(disk.0.path());
    fs::write(disk.0.path().join("ballast"), vec![0; 64 << 10]).unwrap_err();
    let (answer, log) = said(|| start.answer(42));
    assert_eq!(answer, (42, false));
    assert!(log.contains("cannot keep a compiled component"), "{log}");
    assert_eq!(start.answer(42), (42, false));
    fs::remove_file(disk.0.path().join("ballast")).unwrap();
    assert_eq!(start.answer(42), (42, false));
    assert_eq!(start.answer(42), (42, true), "and all is well when there is room again");
}

#[test]
fn a_directory_that_cannot_be_written_to_is_no_cache() {
    let Some(disk) = Mounted::new("ro,mode=700") else { return };
    let error = Cache::open(disk.0.path()).unwrap_err();
    assert!(error.contains("Read-only file system"), "{error}");
    super::super::Engine::new(Some(disk.0.path())).unwrap();
}
