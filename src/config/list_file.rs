//! `lists:`, the named sets that filters ask for with `in`, written out or in files of their own.
//!
//! A file has one element a line; what follows a `#` or `;` is a remark. It is read anew at every load.

use std::{cell::Cell, collections::BTreeMap, path::Path, sync::Arc};

use super::{
    ReadFile, Set,
    complaints::Complaints,
    decode::Item,
    diagnostic::{Diagnostic, did_you_mean, quote},
    document::Value,
    set::{Element, ElementError},
    source::{Source, Unreadable},
    spelling,
    value_file::bad_element,
};

/// The most mistakes that are told of one file.
const MOST_MISTAKES: usize = 20;
/// Longest element, in bytes.
const LONGEST: usize = 1024;

/// All lists of a configuration.
#[derive(Default)]
pub(super) struct Lists {
    sets: BTreeMap<Arc<str>, List>,
    /// The files that were read.
    pub(super) files: Vec<ReadFile>,
}

struct List {
    /// None when something is wrong with it.
    set: Option<Arc<Set>>,
    used: Cell<bool>,
    /// Where its name stands, for complaints after everything is read.
    at: super::Location,
}

impl Lists {
    /// Reads `lists:` of one file.
    pub(super) fn read(&mut self, item: Item<'_>) {
        let expected = "a mapping of names to lists, such as `corporate: [192.0.2.0/24]`";
        for (key, text, value) in item.entries(expected).unwrap_or_default() {
            let Some(name) = spelling::name(key, text) else { continue };
            let at = key.site().location();
            if let Some(first) = self.sets.get(&name) {
                key.complain(
                    key.error(format!("there are two lists with the name {}", quote(text)))
                        .help(format!("the first is at {}: give one of them another name", first.at)),
                );
                continue;
            }
            let set = self.elements(value, &name).map(Arc::new);
            if let Some(set) = &set
                && set.is_empty()
            {
                key.complain(key.warning(format!("the list {} is empty: nothing is in it", quote(text))));
            }
            self.sets.insert(name, List { set, used: Cell::new(false), at });
        }
    }

    /// The list of this name.
    pub(super) fn named(&self, item: Item<'_>, name: &str) -> Option<Arc<Set>> {
        let Some(list) = self.sets.get(name) else {
            let names = || self.sets.keys().map(|name| &**name);
            let help = did_you_mean(name, names()).unwrap_or_else(|| {
                format!(
                    "declare it: `lists: {{ {name}: […] }}`, or write the values here: {}",
                    quote(&format!("[{name}]"))
                )
            });
            return item.refuse(item.error(format!("there is no list {}", quote(name))).help(help));
        };
        list.used.set(true);
        list.set.clone()
    }

    /// Complains about lists that no filter asks for.
    pub(super) fn check(&self, complaints: &Complaints) {
        if complaints.has_errors() {
            return;
        }
        for (name, list) in self.sets.iter().filter(|(_, list)| !list.used.get()) {
            let warning = Diagnostic::warning_at(&list.at, format!("list {} is never used", quote(name)));
            complaints.add(warning.help("ask for it in a filter, `in: NAME`, or remove it"));
        }
    }

    fn elements(&mut self, item: Item<'_>, name: &Arc<str>) -> Option<Set> {
        if let Value::Map(_) = &item.node.value {
            let table = item.table("a list", &["file"])?;
            let file = table.require("file", "write the values as a list, or `{ file: /path/to/file }`")?;
            return self.read_file(file, name);
        }
        let mut elements = Vec::new();
        let mut fine = true;
        for item in item.list("a list of values such as `[192.0.2.0/24, root]`, or `{ file: /path/to/file }`")? {
            let text = match &item.node.value {
                Value::Integer(_) | Value::Float(_) => Some(item.site().text()),
                _ => item.some_text(),
            };
            match text.map(|text| (text, Element::parse(text))) {
                Some((text, Ok(element))) => elements.push((text, element)),
                Some((_, Err(error))) => {
                    bad_element(item, &error);
                    fine = false;
                }
                None => fine = false,
            }
        }
        fine.then(|| Set::new(Some(Arc::clone(name)), false, elements))
    }

    fn read_file(&mut self, item: Item<'_>, name: &Arc<str>) -> Option<Set> {
        let text = item.some_text()?;
        // A relative file is found beside the configuration file that names it, wherever the daemon was started.
        let path = item.source.file.parent().unwrap_or(Path::new("")).join(text);
        let source = match Source::read(&path, usize::MAX) {
            Ok(source) => source,
            Err(error) => return item.refuse(unreadable(item, &path, &error)),
        };
        self.files.push(source.as_read());
        let mut elements = Vec::new();
        let mut mistakes = 0_usize;
        let mut at = 0;
        for line in source.text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let written = line.split(['#', ';']).next().unwrap_or_default().trim();
            if written.is_empty() {
                continue;
            }
            let read = if written.len() > LONGEST {
                Err(format!("this line is longer than {LONGEST} bytes"))
            } else {
                match Element::parse(written) {
                    // Lists of others are not ours to mend, and there is no doubt about what is meant.
                    Err(ElementError::HostBits { range, .. }) => Ok(Element::Addresses(vec![range])),
                    read => read.map_err(|error| error.to_string()),
                }
            };
            match read {
                Ok(element) => elements.push((written, element)),
                Err(message) => {
                    mistakes += 1;
                    if mistakes <= MOST_MISTAKES {
                        item.complain(Diagnostic::error(
                            Some(source.site(start, start + line.trim_end().len())),
                            message,
                        ));
                    }
                }
            }
        }
        if mistakes > MOST_MISTAKES {
            let more = mistakes - MOST_MISTAKES;
            item.complain(item.error(format!("{} has {more} more such lines", quote(text))));
        }
        (mistakes == 0).then(|| Set::new(Some(Arc::clone(name)), false, elements))
    }
}

fn unreadable(item: Item<'_>, path: &Path, error: &Unreadable) -> Diagnostic {
    let shown = quote(&path.to_string_lossy());
    let complaint = |why: String| item.error(format!("cannot read the list {shown}: {why}"));
    match error {
        Unreadable::Missing => complaint("there is no such file".to_owned()).help("an empty file is an empty list"),
        Unreadable::NotAFile(what) => complaint(format!("it is {what}")),
        Unreadable::TooLarge => complaint("it is too large".to_owned()),
        Unreadable::NotUtf8(_, byte) => complaint(format!("it is not UTF-8 (it has the byte 0x{byte:02x})")),
        Unreadable::Io(error) => complaint(error.to_string()),
    }
}
