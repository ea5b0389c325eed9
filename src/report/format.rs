//! One event, one line: `TIME LEVEL room: message key=value …`.

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use crate::text::Escaper;

/// The text format of the log. Every message and value is escaped; a value with a space, a quote or nothing in it
/// stands in double quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Whether to begin with the time; syslog has its own.
    pub time: bool,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let meta = event.metadata();
        let ansi = out.has_ansi_escapes();
        let paint = |style: Style| if ansi { style } else { Style::new() };
        let dim = paint(Style::new().dimmed());
        if self.time {
            write!(out, "{dim}{:.6}{dim:#} ", Timestamp::now())?;
        }
        let level = paint(colour(*meta.level()));
        write!(out, "{level}{:>5}{level:#} {dim}{}:{dim:#}", meta.level(), room(meta.target()))?;
        let mut fields = Fields { message: String::new(), rest: String::new(), key: dim, result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        if !fields.message.is_empty() {
            write!(out, " {}", fields.message)?;
        }
        writeln!(out, "{}", fields.rest)
    }
}

fn colour(level: Level) -> Style {
    let style = Style::new();
    match level {
        Level::ERROR => style.fg_color(Some(AnsiColor::Red.into())).bold(),
        Level::WARN => style.fg_color(Some(AnsiColor::Yellow.into())),
        Level::INFO => style.fg_color(Some(AnsiColor::Green.into())),
        _ => style.dimmed(),
    }
}

/// Our own rooms by their short names: `prelude_trigger::source::manager` is `source`.
fn room(target: &str) -> &str {
    target.strip_prefix("prelude_trigger::").map_or(target, |rooms| rooms.split("::").next().unwrap_or(rooms))
}

/// Collects an event's message and its other fields.
struct Fields {
    message: String,
    rest: String,
    key: Style,
    result: fmt::Result,
}

impl Fields {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) -> fmt::Result {
        if field.name() == "message" {
            return write!(Escaper(&mut self.message), "{value}");
        }
        let mut text = String::new();
        write!(Escaper(&mut text), "{value}")?;
        let key = self.key;
        write!(self.rest, " {key}{}={key:#}", field.name())?;
        if text.is_empty() || text.contains([' ', '"', '=']) {
            write!(self.rest, "\"{}\"", text.replace('"', "\\\""))
        } else {
            self.rest.write_str(&text)
        }
    }

    fn note(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.result.is_ok() {
            self.result = self.add(field, value);
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.note(field, format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt as _};

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Memory {
        type Writer = Self;
        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn no_value_makes_a_line_of_its_own() {
        let memory = Memory::default();
        let layer = tracing_subscriber::fmt::layer().event_format(Line { time: false }).with_writer(memory.clone());
        let subscriber = tracing_subscriber::registry().with(layer.with_ansi(false));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(
                target: "prelude_trigger::report::tally",
                user = "eve\n ERROR \"forged\"", n = 3, empty = "",
                "said \u{1b}[31m{}", "red"
            );
        });
        let written = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        let expected = r#" INFO report: said \x1b[31mred user="eve\n ERROR \"forged\"" n=3 empty="""#;
        assert_eq!(written, format!("{expected}\n"));
    }
}
