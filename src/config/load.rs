//! From files to a [`Config`].
//!
//! All files are read and parsed first, then decoded, then checked against each other; every step goes on
//! after a mistake as far as it can, so that one run tells them all. Nothing but the files named here is looked at:
//! whether programs, users and components exist is the business of the rooms that use them.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::config::{
    Action, Breaker, Config, Location, Mode, Never, Others, TriggerTest,
    action::{self, Decoded},
    breaker, check,
    complaints::Complaints,
    daemon_file::{self, Daemon},
    decode::Item,
    diagnostic::{Diagnostic, Diagnostics, quote},
    document::{Node, Value},
    filter_file::Reader,
    never_file,
    source::{MAX_BYTES, Source, Unreadable},
    spelling,
    test_file::{self, Known},
    toml,
    trigger::{self, DecodedTrigger},
    yaml,
};

/// Where the triggers are unless `--config` says otherwise.
pub const DEFAULT_TRIGGERS: &str = "/etc/prelude-trigger/prelude-trigger.yaml";
/// Where the daemon's file is unless `--daemon-config` says otherwise.
pub const DEFAULT_DAEMON: &str = "/etc/prelude-trigger/prelude-trigger.conf";

/// The files of one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// `prelude-trigger.yaml`; `triggers.d/*.yaml` beside it are read after it.
    pub triggers: PathBuf,
    /// `prelude-trigger.conf`; `None` reads [`DEFAULT_DAEMON`] and takes the defaults if that does not exist.
    pub daemon: Option<PathBuf>,
}

/// A configuration without mistakes.
#[derive(Debug)]
pub struct Loaded {
    /// Triggers and actions.
    pub config: Config,
    /// What `check` tries, in order of appearance.
    pub tests: Vec<TriggerTest>,
    /// The daemon's own settings.
    pub daemon: Daemon,
    /// What can be used but was probably meant otherwise.
    pub warnings: Diagnostics,
    /// The files that were read, in this order.
    pub files: Vec<ReadFile>,
}

/// A file of the configuration, as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    /// As it was named.
    pub path: PathBuf,
    /// The SHA-256 sum of what was in it, in hexadecimal digits.
    pub sha256: String,
}

impl Default for Files {
    fn default() -> Self {
        Self { triggers: DEFAULT_TRIGGERS.into(), daemon: None }
    }
}

/// Reads all files of a configuration.
///
/// # Errors
///
/// All mistakes of all files, with the warnings.
pub fn load(files: &Files) -> Result<Loaded, Diagnostics> {
    let complaints = Complaints::default();
    let mut read = Vec::new();
    let daemon = daemon(files.daemon.as_deref(), &complaints, &mut read);
    let (config, tests) = triggers(&files.triggers, &complaints, &mut read);
    let said = complaints.into_sorted();
    match daemon {
        Some(daemon) if !said.has_errors() => Ok(Loaded { config, tests, daemon, warnings: said, files: read }),
        _ => Err(said),
    }
}

/// Reads the daemon's file alone: the log must be set up before anything else is said.
///
/// # Errors
///
/// All its mistakes.
pub fn load_daemon(file: Option<&Path>) -> Result<(Daemon, Diagnostics), Diagnostics> {
    let complaints = Complaints::default();
    let daemon = daemon(file, &complaints, &mut Vec::new());
    let said = complaints.into_sorted();
    match daemon {
        Some(daemon) if !said.has_errors() => Ok((daemon, said)),
        _ => Err(said),
    }
}

fn daemon(file: Option<&Path>, complaints: &Complaints, read: &mut Vec<ReadFile>) -> Option<Daemon> {
    let path = file.unwrap_or(Path::new(DEFAULT_DAEMON));
    let source = match Source::read(path, 0) {
        Ok(source) => source,
        Err(Unreadable::Missing) if file.is_none() => return Some(Daemon::default()),
        Err(error) => {
            unreadable(path, error, "name the right file with `--daemon-config FILE`", complaints);
            return None;
        }
    };
    read.push(source.as_read());
    let node = toml::parse(&source).map_err(|errors| complaints.add_all(errors)).ok()?;
    daemon_file::decode(Item::file(&source, &node, complaints))
}

/// Reads the triggers' file and those beside it.
fn triggers(main: &Path, complaints: &Complaints, read: &mut Vec<ReadFile>) -> (Config, Vec<TriggerTest>) {
    let mut paths = vec![main.to_owned()];
    paths.extend(more_triggers(main, complaints));
    let mut sources: Vec<Source> = Vec::with_capacity(paths.len());
    for (number, path) in paths.iter().enumerate() {
        match Source::read(path, number + 1) {
            Ok(source) => {
                read.push(source.as_read());
                sources.push(source);
            }
            Err(error) if number == 0 => {
                unreadable(path, error, "name the right file with `--config FILE`", complaints);
            }
            Err(error) => {
                unreadable(path, error, "every `*.yaml` in triggers.d is read: rename or remove it", complaints);
            }
        }
    }
    decode(main, &sources, sources.len() == paths.len(), complaints, read)
}

/// Decodes what has been read; `whole` says that every file there is could be read.
pub(super) fn decode(
    main: &Path,
    sources: &[Source],
    whole: bool,
    complaints: &Complaints,
    read: &mut Vec<ReadFile>,
) -> (Config, Vec<TriggerTest>) {
    let documents: Vec<(&Source, Node)> = sources
        .iter()
        .filter_map(|source| {
            let node = yaml::parse(source).map_err(|errors| complaints.add_all(errors)).ok()?;
            Some((source, node))
        })
        .collect();

    let mut found = Found::default();
    // All lists first: a filter may ask for one that stands in a later file.
    for (source, node) in &documents {
        lists(Item::file(source, node, complaints), &mut found.reader);
    }
    for (source, node) in &documents {
        file(Item::file(source, node, complaints), *source.file == *main, &mut found);
    }
    // Names that a file we could not read may declare would only be noise.
    if whole && documents.len() == sources.len() {
        check::check(&found.actions, &found.declared, &found.triggers, complaints);
        found.reader.lists.check(complaints);
    }
    let tests = tests(&found, whole && documents.len() == sources.len());
    read.append(&mut found.reader.lists.files);
    let mut leased = leased(&found.triggers);
    let actions = found.actions.into_iter().map(|Decoded { action, .. }| Action {
        breaker: action.breaker.or(found.breaker),
        leased: leased.remove(&action.name),
        ..action
    });
    let config = Config {
        mode: found.mode,
        never: found.never.unwrap_or_default(),
        actions: actions.collect(),
        triggers: found.triggers.into_iter().map(|one| one.trigger).collect(),
    };
    (config, tests)
}

/// Where each action that is wanted for a time only is first wanted so.
fn leased(triggers: &[DecodedTrigger<'_>]) -> HashMap<Arc<str>, Location> {
    let mut leased = HashMap::new();
    for used in triggers.iter().flat_map(|trigger| &trigger.uses) {
        if let Some(item) = used.lease {
            leased.entry(Arc::clone(&used.used.action)).or_insert_with(|| item.site().location());
        }
    }
    leased
}

/// Reads the lists of one file; whatever else is wrong in it is told when the rest is read.
fn lists(item: Item<'_>, reader: &mut Reader) {
    let Value::Map(map) = &item.node.value else { return };
    let is_lists = |key: &Node| matches!(&key.value, Value::Text(text) if text == "lists");
    if let Some((_, value)) = map.iter().find(|(key, _)| is_lists(key)) {
        let item = item.value_of("lists", value);
        if !item.is_null() {
            reader.lists.read(item);
        }
    }
}

/// Decodes all tests, which may name triggers and actions of any file. When a file could not be read, the names in it are not
/// known, and the tests are left alone: there are mistakes to tell already.
fn tests(found: &Found<'_>, whole: bool) -> Vec<TriggerTest> {
    if !whole {
        return Vec::new();
    }
    let known = Known::new(&found.named, &found.declared);
    let decode = |tests: &FoundTests<'_>| {
        // What stands in triggers.d speaks of the triggers beside it: other files are other people's.
        let others = if tests.main {
            Others::All
        } else {
            let here = found.triggers.iter().filter(|one| one.item.source.order == tests.item.source.order);
            Others::These(Arc::new(here.map(|one| Arc::clone(&one.trigger.name)).collect()))
        };
        test_file::decode(tests.item, &known, &others)
    };
    found.tests.iter().flat_map(decode).collect()
}

/// `triggers.d/*.yaml` beside the main file, in alphabetical order.
fn more_triggers(main: &Path, complaints: &Complaints) -> Vec<PathBuf> {
    let directory = main.with_file_name("triggers.d");
    let listing = fs::read_dir(&directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = match listing {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let message = format!("cannot list the directory {}: {error}", quote(&directory.to_string_lossy()));
            complaints
                .add(Diagnostic::error(None, message).help("files in it add triggers: make it readable, or remove it"));
            return Vec::new();
        }
    };
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let mut files: Vec<PathBuf> = entries
        .iter()
        .map(fs::DirEntry::path)
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml") && !hidden(path))
        .collect();
    files.sort();
    files
}

/// What has been decoded so far.
#[derive(Default)]
struct Found<'a> {
    mode: Mode,
    /// Of all actions that have none of their own.
    breaker: Option<Breaker>,
    never: Option<Never>,
    /// The names under `actions:`, whatever stands there.
    declared: HashSet<&'a str>,
    actions: Vec<Decoded<'a>>,
    /// The names that triggers are given, whatever else stands there.
    named: HashSet<&'a str>,
    triggers: Vec<DecodedTrigger<'a>>,
    tests: Vec<FoundTests<'a>>,
    reader: Reader,
}

/// What stands under `tests:` of one file.
struct FoundTests<'a> {
    item: Item<'a>,
    /// Whether it is the main file.
    main: bool,
}

/// Decodes one file.
fn file<'a>(item: Item<'a>, main: bool, found: &mut Found<'a>) {
    if item.is_null() {
        item.complain(
            item.warning("the file is empty")
                .help("it may hold `mode:`, `never:`, `breaker:`, `lists:`, `actions:`, `triggers:` and `tests:`"),
        );
        return;
    }
    let Some(table) =
        item.table("the triggers' file", &["mode", "never", "breaker", "lists", "actions", "triggers", "tests"])
    else {
        return;
    };
    if let Some(mode) = table.get("mode") {
        match spelling::mode(mode) {
            Some(value) if main => found.mode = value,
            Some(_) => mode.complain(
                mode.error("`mode` for all triggers stands in the main file only")
                    .help("move it there, or write `mode:` inside the triggers it is meant for"),
            ),
            None => {}
        }
    }
    if let Some(item) = table.get("breaker").filter(|item| !item.is_null()) {
        let breaker = breaker::decode(item);
        if main {
            found.breaker = breaker;
        } else {
            item.complain(
                item.error("`breaker` for all actions stands in the main file only")
                    .help("move it there, or write `breaker:` inside the actions and triggers it is meant for"),
            );
        }
    }
    if let Some(never) = table.get("never").filter(|item| !item.is_null()).and_then(never_file::decode) {
        match &mut found.never {
            Some(all) => all.extend(never),
            none => *none = Some(never),
        }
    }
    // A key whose contents are all commented out is as good as no key.
    if let Some(actions) = table.get("actions").filter(|item| !item.is_null()) {
        named_actions(actions, found);
    }
    if let Some(triggers) = table.get("triggers").filter(|item| !item.is_null())
        && let Some(list) = triggers.list("a list of triggers, each beginning with `- name: …`")
    {
        for item in list {
            found.named.extend(trigger::name_of(item.node));
            let trigger = trigger::decode(item, &mut found.reader, &mut found.actions);
            found.triggers.extend(trigger);
        }
    }
    found.tests.extend(table.get("tests").filter(|item| !item.is_null()).map(|item| FoundTests { item, main }));
}

fn named_actions<'a>(item: Item<'a>, found: &mut Found<'a>) {
    let Some(entries) =
        item.entries("a mapping of names to actions, such as `log: { exec: [/usr/bin/logger, hello] }`")
    else {
        return;
    };
    for (key, text, value) in entries {
        found.declared.insert(text);
        if action::RESERVED.contains(&text) {
            key.complain(
                key.error(format!("an action cannot have the name {}", quote(text)))
                    .help("the word means something else where triggers name their actions: choose another name"),
            );
            continue;
        }
        let Some(name) = spelling::name(key, text) else {
            continue;
        };
        let Some(table) = action::declared(value) else {
            continue;
        };
        found.actions.extend(action::decode(name, key, &table));
    }
}

/// Says why a file cannot be read; `name_it` says what to do if it is not the right file.
pub(super) fn unreadable(path: &Path, error: Unreadable, name_it: &str, complaints: &Complaints) {
    let shown = quote(&path.to_string_lossy());
    complaints.add(match error {
        Unreadable::Missing => Diagnostic::error(None, format!("the file {shown} does not exist")).help(name_it),
        Unreadable::NotAFile(what) => {
            Diagnostic::error(None, format!("{shown} is {what}")).expected("a file").help(name_it)
        }
        Unreadable::TooLarge => {
            Diagnostic::error(None, format!("the file {shown} is larger than {} MiB", MAX_BYTES >> 20))
                .help("spread the triggers over several files in triggers.d")
        }
        Unreadable::NotUtf8(source, byte) => {
            let end = source.text.len();
            Diagnostic::error(Some(source.site(end, end)), "the file is not UTF-8")
                .found(format!("the byte 0x{byte:02x}"))
                .help(format!("convert it: iconv -f LATIN1 -t UTF-8 {}", crate::text::quote(&path.to_string_lossy())))
        }
        Unreadable::Io(error) => {
            let help = match error.kind() {
                io::ErrorKind::PermissionDenied => "the user that runs this command needs permission to read it",
                _ => name_it,
            };
            Diagnostic::error(None, format!("cannot read the file {shown}: {error}")).help(help)
        }
    });
}
