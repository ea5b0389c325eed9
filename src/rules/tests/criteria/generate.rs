//! Criteria made of the values of messages, each spelled twice: for us, and for libprelude.
//!
//! Both spellings are the same but where the page of `config::criteria` lists a difference that can be written round: `!~`, `==*`, values
//! with `&&` and `||` between them, `.` and line feeds. Where a path has letters outside ASCII, nothing is asked of one letter whatever it is.

use std::collections::HashSet;

use crate::idmef::{self, Message, ValueType};

/// Paths whose being there both judge alike: of no list, and of nothing that must be there.
const ALONE: [&str; 8] = [
    "alert",
    "heartbeat",
    "alert.assessment",
    "alert.correlation_alert",
    "alert.detect_time",
    "alert.source(0).interface",
    "alert.analyzer(-1).model",
    "heartbeat.heartbeat_interval",
];

const EQUALS: [(&str, &str); 8] = [
    ("==", "=="),
    ("=", "="),
    ("!=", "!="),
    ("=*", "=*"),
    ("==*", "=*"),
    ("!=*", "!=*"),
    ("== ", "=="),
    (" !=\t", "!="),
];
const GLOBS: [&str; 8] = ["<>", "<>*", "!<>", "!<>*", "substr ", "substr* ", "!substr ", "!substr* "];
const REGEXES: [&str; 4] = ["~", "~*", "!~", "!~*"];
const ORDERS: [&str; 4] = ["<", "<=", ">", ">="];
const ANDS: [&str; 4] = [" && ", "&&", " & ", "\t&&\n "];
const ORS: [&str; 4] = [" || ", "||", " | ", " \n|| "];

/// A value that a criteria can ask for, and its path with every index.
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) kind: ValueType,
    pub(super) text: String,
    /// Whether all texts at this path, whatever the indexes, are ASCII: of others what stands for one letter is one byte to libprelude.
    pub(super) ascii: bool,
}

/// What can be asked: every value of the messages but data, whose types libprelude tells apart, and times and bytes, which it compares
/// as they are written.
pub(super) fn askable<'m>(messages: impl Iterator<Item = &'m Message>) -> Vec<Asked> {
    let mut askable: Vec<_> = messages
        .flat_map(|message| message.entries(&"".parse().unwrap()))
        .filter(|entry| entry.path != "version" && entry.path.len() < 120)
        // A key with a dot in it is no path to libprelude.
        .filter(|entry| entry.path.split(['\'', '"']).skip(1).step_by(2).all(|key| !key.contains(['.', ')'])))
        .map(|entry| (entry.path, entry.value.text().into_owned()))
        .filter(|(_, text)| !text.is_empty() && !text.contains(['\0', '\u{fffd}']) && text.len() < 200)
        .collect();
    askable.sort();
    askable.dedup();
    let name = |path: &str| path.split(['(', ')']).step_by(2).collect::<String>();
    let other: HashSet<String> =
        askable.iter().filter(|(_, text)| !text.is_ascii()).map(|(path, _)| name(path)).collect();
    let askable = askable.into_iter().map(|(path, text)| {
        let kind = path.parse::<idmef::Path>().unwrap().value_type();
        Asked { ascii: !other.contains(&name(&path)), path, kind, text }
    });
    askable.filter(|asked| asked.kind != ValueType::Data).collect()
}

/// Chances, taken one by one; when they are used up every choice is the first.
pub(super) struct Tape<'c>(std::slice::Iter<'c, u32>);

impl<'c> Tape<'c> {
    pub(super) fn new(choices: &'c [u32]) -> Self {
        Self(choices.iter())
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0.next().copied().unwrap_or_default() as usize % end
    }

    pub(super) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }
}

/// A criteria as we read it and as libprelude has to be asked to answer the same.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) ours: String,
    pub(super) theirs: String,
}

impl Pair {
    fn same(text: String) -> Self {
        Self { ours: text.clone(), theirs: text }
    }

    fn around(before: &str, inside: &Self, after: &str) -> Self {
        let around = |text: &str| format!("{before}{text}{after}");
        Self { ours: around(&inside.ours), theirs: around(&inside.theirs) }
    }

    fn with(&self, between: &str, other: &Self) -> Self {
        let join = |one: &str, two: &str| format!("{one}{between}{two}");
        Self { ours: join(&self.ours, &other.ours), theirs: join(&self.theirs, &other.theirs) }
    }
}

/// A criteria of criteria, of which `depth` stand in each other.
pub(super) fn criteria(tape: &mut Tape<'_>, askable: &[Asked], depth: usize) -> Pair {
    if depth > 0 {
        let (one, other) = (criteria(tape, askable, depth - 1), criteria(tape, askable, depth - 1));
        let (and, or) = (*tape.pick(&ANDS), *tape.pick(&ORS));
        match tape.below(8) {
            0 | 1 => {
                let not = *tape.pick(&["! (", "!(", "!! (", "!\t! ! ( "]);
                return Pair::around(not, &one, ")");
            }
            2 => return one.with(and, &other),
            3 => return one.with(or, &other),
            4 => return Pair::around("(", &one.with(or, &other), ")").with(and, &Pair::around("! (", &other, " )")),
            _ => {}
        }
    }
    if tape.once_in(10) {
        return Pair::same(format!("{}{}", tape.pick(&["", "! "]), tape.pick(&ALONE)));
    }
    let pair = criterion(tape, askable);
    if tape.once_in(6) { Pair::around("! (", &pair, ")") } else { pair }
}

/// One path and one relation.
pub(super) fn criterion(tape: &mut Tape<'_>, askable: &[Asked]) -> Pair {
    let asked = tape.pick(askable);
    let path = spelled(tape, asked);
    let text = asked.text.as_str();
    match asked.kind {
        ValueType::Integer => {
            let number = text.parse::<i128>().unwrap();
            // Its neighbour towards zero, which every type has.
            let number = number - number.signum() * [0, 1][tape.below(2)];
            Pair::same(format!("{path} {} {number}", tape.pick(&["==", "!=", "="])))
        }
        ValueType::Float => Pair::same(format!("{path} {} '{text}'", tape.pick(&["==", "!=", "="]))),
        ValueType::Enumeration if tape.below(3) == 0 => {
            let list = asked.path.parse::<idmef::Path>().unwrap().enumeration().unwrap();
            let name = *tape.pick(list.names);
            let relation = if asked.path.ends_with("severity") && tape.below(2) == 0 {
                tape.pick(&ORDERS)
            } else {
                tape.pick(&["==", "!=", "=*", "!=*"])
            };
            let number = list.number_of(name).unwrap();
            let spellings = [name.to_owned(), format!("'{name}'"), name.to_ascii_uppercase(), number.to_string()];
            Pair::same(format!("{path} {relation} {}", tape.pick(&spellings)))
        }
        ValueType::Enumeration if tape.below(2) == 0 => glob(tape, &path, asked),
        ValueType::Enumeration => regex(tape, &path, asked),
        ValueType::Text => match tape.below(3) {
            0 => equal(tape, &path, text),
            1 => glob(tape, &path, asked),
            _ => regex(tape, &path, asked),
        },
        // Whether there is one is asked of a path alone, which for these is the same on both sides.
        ValueType::Time | ValueType::Class | ValueType::Data => Pair::same(ALONE[0].to_owned()),
    }
}

/// The path with each index as it is, counted from the end, or all of them in either spelling.
pub(super) fn spelled(tape: &mut Tape<'_>, asked: &Asked) -> String {
    let mut spelled = String::new();
    for (number, part) in asked.path.split(['(', ')']).enumerate() {
        if number % 2 == 0 {
            spelled += part;
        } else {
            let spellings = [format!("({part})"), "(-1)".to_owned(), "(*)".to_owned(), String::new()];
            let spelling: &String = tape.pick(&spellings);
            spelled += spelling;
        }
    }
    spelled
}

/// A part of a text, sometimes all of it, sometimes in capitals.
fn piece(tape: &mut Tape<'_>, text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let (from, to) = (tape.below(letters.len()), tape.below(letters.len()));
    let piece: String = if tape.below(2) == 0 {
        letters.iter().collect()
    } else {
        letters[from.min(to)..=from.max(to)].iter().collect()
    };
    if tape.below(4) == 0 { piece.to_ascii_uppercase() } else { piece }
}

fn equal(tape: &mut Tape<'_>, path: &str, text: &str) -> Pair {
    let (ours, theirs) = *tape.pick(&EQUALS);
    let mut value = |tape: &mut Tape<'_>| {
        let piece = piece(tape, text);
        Pair::same(literal(tape, &piece))
    };
    let value = values(tape, &mut value);
    Pair { ours: format!("{path} {ours} {}", value.ours), theirs: format!("{path} {theirs} {}", value.theirs) }
}

/// One value, or several with `&&` and `||` between them, which libprelude needs parentheses for.
fn values(tape: &mut Tape<'_>, value: &mut dyn FnMut(&mut Tape<'_>) -> Pair) -> Pair {
    if !tape.once_in(5) {
        return value(tape);
    }
    let (one, two, three) = (value(tape), value(tape), Pair::same("'x'".to_owned()));
    let (and, or) = (ANDS[tape.below(2)], ORS[tape.below(2)]);
    let both = one.with(and, &two);
    match tape.below(4) {
        0 => Pair::around("(", &one.with(or, &two), ")"),
        1 => Pair::around("(", &both, ")"),
        2 => Pair { ours: both.with(or, &three).ours, theirs: Pair::around("(", &both, ")").with(or, &three).theirs }
            .in_parentheses(),
        _ => three.with(or, &Pair::around("(", &both, ")")).in_parentheses(),
    }
}

impl Pair {
    fn in_parentheses(self) -> Self {
        Self::around("(", &self, ")")
    }
}

/// A glob that fits the text, or nearly.
fn glob(tape: &mut Tape<'_>, path: &str, asked: &Asked) -> Pair {
    let piece = piece(tape, &asked.text);
    let mut pattern = Pair::same(String::new());
    let mut push = |ours: &str, theirs: &str| {
        pattern.ours += ours;
        pattern.theirs += theirs;
    };
    if tape.below(3) > 0 {
        push("*", "*");
    }
    for letter in piece.chars() {
        let plain = if letter.is_ascii_punctuation() { format!("\\{letter}") } else { letter.to_string() };
        let lower = char::from_u32(u32::from(letter) - u32::from(letter > '0')).unwrap();
        let range = |not: &str| format!("[{not}{lower}-{letter}]");
        match tape.below(16) {
            0 if asked.ascii => push("?", "?"),
            1 => push("*", "*"),
            2 if letter.is_ascii_alphanumeric() => push(&range(""), &range("")),
            3 if letter.is_ascii_alphanumeric() && asked.ascii => push(&range("!"), &range("^")),
            4 if letter.is_ascii_punctuation() && letter != '/' => {
                let members = format!("[x\\{letter}]");
                push(&members, &members);
            }
            _ => push(&plain, &plain),
        }
    }
    if tape.below(3) > 0 {
        push("*", "*");
    }
    let relation = *tape.pick(&GLOBS);
    let value = pattern_literal(tape, &pattern);
    Pair { ours: format!("{path} {relation}{}", value.ours), theirs: format!("{path} {relation}{}", value.theirs) }
}

/// An expression that every dialect understands and that fits the text, or nearly.
fn regex(tape: &mut Tape<'_>, path: &str, asked: &Asked) -> Pair {
    let piece = piece(tape, &asked.text);
    let begin = *tape.pick(&["", "^", "(x|", "(^|x)"]);
    let mut pattern = Pair::same(begin.to_owned());
    let mut push = |ours: &str, theirs: &str| {
        pattern.ours += ours;
        pattern.theirs += theirs;
    };
    let grouped = tape.below(4) == 0;
    if grouped {
        push("(", "(");
    }
    for letter in piece.chars() {
        if letter == '\n' {
            push("[^x]*", "[^x]*");
            continue;
        }
        // A repetition needs one letter to stand behind, which letters outside ASCII are not to libprelude.
        if !letter.is_ascii() {
            push(&letter.to_string(), &letter.to_string());
            continue;
        }
        let plain = if r".[]{}()*+?|^$\".contains(letter) { format!("\\{letter}") } else { letter.to_string() };
        match tape.below(8) {
            // `.` is no line feed for us.
            0 if asked.ascii => push(".", "[^\n]"),
            1 if letter.is_ascii_alphanumeric() => {
                let class = *tape.pick(&["[a-zA-Z0-9]", "[0-9a-f]", "[^a-z]"][..if asked.ascii { 3 } else { 2 }]);
                push(class, class);
            }
            _ => push(&plain, &plain),
        }
        let repetition = *tape.pick(&["", "", "", "", "", "+", "*", "?", "{1,2}"]);
        push(repetition, repetition);
    }
    if grouped {
        let end = *tape.pick(&[")", ")+", "|x)", "|)"]);
        push(end, end);
    }
    if begin == "(x|" {
        pattern = Pair::around("", &pattern, ")");
    }
    let end = *tape.pick(&["", "$"]);
    let pattern = Pair::around("", &pattern, end);
    let relation = *tape.pick(&REGEXES);
    let value = pattern_literal(tape, &pattern);
    let theirs = match relation.strip_prefix('!') {
        Some(relation) => format!("! ({path} {relation} {})", value.theirs),
        None => format!("{path} {relation} {}", value.theirs),
    };
    Pair { ours: format!("{path} {relation} {}", value.ours), theirs }
}

/// A text as a value: raw, with escapes, or as a word where it can be one.
fn literal(tape: &mut Tape<'_>, text: &str) -> String {
    let word = text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.:/@-".contains(letter));
    let style = tape.below(6);
    if word && style < 2 {
        return text.to_owned();
    }
    let quote = *tape.pick(&['\'', '"']);
    if style == 2 && !text.contains([quote, '\\']) {
        return format!("r{quote}{text}{quote}");
    }
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '\\' => escaped += r"\\",
            '\n' => escaped += r"\n",
            '\t' => escaped += r"\t",
            '\r' => escaped += r"\r",
            _ if letter == quote => escaped += &format!(r"\x{:02x}", u32::from(letter)),
            _ if style == 3 && letter.len_utf16() == 1 => escaped += &format!(r"\u{:04X}", u32::from(letter)),
            _ if style == 3 => {
                for half in letter.encode_utf16(&mut [0; 2]) {
                    escaped += &format!(r"\u{half:04x}");
                }
            }
            _ if style == 4 => {
                escaped += &letter.to_string().bytes().map(|byte| format!(r"\x{byte:02X}")).collect::<String>();
            }
            _ => escaped.push(letter),
        }
    }
    format!("{quote}{escaped}{quote}")
}

/// A pattern as a value. What is escaped in it is punctuation, so that the escapes of texts leave it alone.
fn pattern_literal(tape: &mut Tape<'_>, pattern: &Pair) -> Pair {
    let quote = *tape.pick(&['\'', '"']);
    let raw = tape.below(2) == 0 && !pattern.ours.contains(quote);
    let quoted = |text: &str| {
        let plain = format!("\\{quote}");
        let text = text.replace(&plain, &quote.to_string()).replace(quote, &format!(r"\x{:02x}", u32::from(quote)));
        format!("{}{quote}{text}{quote}", if raw { "r" } else { "" })
    };
    Pair { ours: quoted(&pattern.ours), theirs: quoted(&pattern.theirs) }
}
