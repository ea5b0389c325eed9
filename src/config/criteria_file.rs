//! `criteria:` as it is written in a file: Prelude's criteria, made into filters.

use std::path::Path;

use super::{
    Bound, Equal, ExpressionError, Filter, Number, Quantifier, Question, Test, ValuesTest,
    complaints::Complaints,
    criteria::{self, Criteria, Criterion, Relation, RelationKind},
    decode::Item,
    diagnostic::{Diagnostic, Diagnostics, did_you_mean, one_of, quote},
    document::{Node, Value},
    expression_file::{Expressions, GLOB, bad_expression},
    filter::moment,
    possible,
    source::Source,
    value_file::{self, is_ordered},
};
use crate::idmef::{self, ValueType};

/// Longest criteria, in bytes.
const LONGEST: usize = 16 << 10;

/// Reads a criteria that stands in no file; `name` is what mistakes are said to be in.
///
/// # Errors
///
/// All its mistakes.
pub fn parse_criteria(name: &Path, text: &str) -> Result<Filter, Diagnostics> {
    let complaints = Complaints::default();
    let source = Source::new(name, 0, text.to_owned());
    let node = Node { start: 0, end: source.text.len(), value: Value::Text(source.text.clone()) };
    let item = Item::file(&source, &node, &complaints);
    let at = item.site().location();
    let test = decode(item, &mut Expressions::default());
    let said = complaints.into_sorted();
    match test {
        Some(test) if !said.has_errors() => Ok(Filter { at, test }),
        _ => Err(said),
    }
}

/// Reads a criteria.
pub(super) fn decode(item: Item<'_>, expressions: &mut Expressions) -> Option<Test> {
    let text = item.some_text()?;
    if text.len() > LONGEST {
        return item.refuse(item.error(format!("this criteria is longer than {} KiB", LONGEST >> 10)));
    }
    let criteria = match criteria::parse(text) {
        Ok(criteria) => criteria,
        Err(error) => {
            let site = item.node.site_within(item.source, error.at.start, error.at.len());
            return item.refuse(Diagnostic::error(Some(site), format!("this is not a criteria: {}", error.message)));
        }
    };
    Converter { item, expressions }.test(&criteria)
}

struct Converter<'a, 'e> {
    item: Item<'a>,
    expressions: &'e mut Expressions,
}

impl Converter<'_, '_> {
    fn test(&mut self, criteria: &Criteria) -> Option<Test> {
        Some(match criteria {
            Criteria::Criterion(criterion) => self.criterion(criterion)?,
            Criteria::Not(criteria) => self.not(|this| this.test(criteria))?,
            Criteria::Any(list) => Test::Any(self.filters(list)?),
            Criteria::All(list) => Test::All(self.filters(list)?),
        })
    }

    fn filters(&mut self, list: &[Criteria]) -> Option<Vec<Filter>> {
        let filters: Vec<_> = list.iter().map(|criteria| self.test(criteria).map(|test| self.filter(test))).collect();
        filters.into_iter().collect()
    }

    fn filter(&self, test: Test) -> Filter {
        Filter { at: self.item.site().location(), test }
    }

    fn not(&mut self, test: impl FnOnce(&mut Self) -> Option<Test>) -> Option<Test> {
        let test = test(self)?;
        Some(Test::Not(Box::new(self.filter(test))))
    }

    fn criterion(&mut self, criterion: &Criterion) -> Option<Test> {
        let path = self.path(criterion);
        let Some((relation, _)) = &criterion.relation else {
            return path.map(|path| values(path, Vec::new()));
        };
        let (path, relation) = (path?, *relation);
        let question = self.question(criterion, &path, relation)?;
        if !relation.negated && possible::never(&path, &[&question], &[]) {
            let message = format!("no value that {} can have says yes to this", quote(&path.to_string()));
            return self.refuse(criterion.path.at.clone(), |site| {
                let complaint = Diagnostic::error(Some(site), message);
                match path.range() {
                    Some((least, most)) => complaint.expected(format!("a whole number from {least} to {most}")),
                    None => complaint,
                }
            });
        }
        let test = values(path, vec![question]);
        if relation.negated { self.not(|_| Some(test)) } else { Some(test) }
    }

    fn path(&self, criterion: &Criterion) -> Option<idmef::Path> {
        let (text, from) = (&criterion.path.value, criterion.path.at.start);
        match text.parse::<idmef::Path>() {
            Ok(path) if path.value_type() != ValueType::Class || criterion.relation.is_none() => Some(path),
            Ok(_) => self.refuse(criterion.path.at.clone(), |site| {
                Diagnostic::error(Some(site), format!("{} is a class and has no value to ask about", quote(text)))
                    .help("alone, without a relation, it asks whether there is one")
            }),
            Err(error) => {
                self.item.bad_path(text, from, &error);
                None
            }
        }
    }

    fn question(&mut self, criterion: &Criterion, path: &idmef::Path, relation: Relation) -> Option<Question> {
        let (_, value) = criterion.relation.as_ref()?;
        let (text, at) = (value.value.as_str(), value.at.clone());
        let order = |kind| match kind {
            RelationKind::Above => Some(super::Relation::Above),
            RelationKind::AtLeast => Some(super::Relation::AtLeast),
            RelationKind::Below => Some(super::Relation::Below),
            RelationKind::AtMost => Some(super::Relation::AtMost),
            RelationKind::Equals | RelationKind::Glob | RelationKind::Regex => None,
        };
        match relation.kind {
            RelationKind::Regex => {
                let prefix = if relation.ignore_case { "(?i)" } else { "" };
                match self.expressions.parse(&format!("{prefix}{text}")) {
                    Ok(expression) => Some(Question::Regex(expression)),
                    Err(error) => self.bad_expression(error, prefix.len(), text, &at),
                }
            }
            RelationKind::Glob => match self.expressions.glob(text, relation.ignore_case) {
                Some(glob) => Some(Question::Glob(glob)),
                None => self.wrong(at, GLOB),
            },
            RelationKind::Equals => self.equal(path, text, at, relation.ignore_case).map(Question::Equals),
            _ => {
                let relation = order(relation.kind)?;
                self.bound(path, text, at).map(|bound| Question::Order(relation, bound))
            }
        }
    }

    fn equal(&self, path: &idmef::Path, text: &str, at: std::ops::Range<usize>, ignore_case: bool) -> Option<Equal> {
        match path.value_type() {
            ValueType::Integer | ValueType::Float => self.number(text, at).map(Equal::Number),
            ValueType::Time => self.time(text, at).map(Equal::Time),
            ValueType::Enumeration => self.rank(path, text, at).map(|(_, name)| Equal::Text(name.into())),
            ValueType::Text | ValueType::Data | ValueType::Class => Some(value_file::text(text, ignore_case)),
        }
    }

    fn bound(&self, path: &idmef::Path, text: &str, at: std::ops::Range<usize>) -> Option<Bound> {
        match path.value_type() {
            ValueType::Integer | ValueType::Float => self.number(text, at).map(Bound::Number),
            ValueType::Data if Number::parse(text).is_some() => self.number(text, at).map(Bound::Number),
            ValueType::Time | ValueType::Data => self.time(text, at).map(Bound::Time),
            ValueType::Enumeration if is_ordered(path) => {
                let (rank, _) = self.rank(path, text, at)?;
                Some(Bound::Rank(path.enumeration()?, rank))
            }
            _ => self.refuse(at, |site| {
                Diagnostic::error(
                    Some(site),
                    format!("the values of {} are not more or less", quote(&path.to_string())),
                )
                .help("ask `==`, `<>` (a glob) or `~` (a regular expression)")
            }),
        }
    }

    /// A number, in base 10 alone.
    fn number(&self, text: &str, at: std::ops::Range<usize>) -> Option<Number> {
        let octal = text.strip_prefix(['+', '-']).unwrap_or(text);
        if octal.len() > 1 && octal.starts_with('0') && octal.bytes().all(|digit| digit.is_ascii_digit()) {
            return self.wrong(at, "a number without a zero before it, which would be in base 8 for libprelude");
        }
        Number::parse(text).map_or_else(|| self.wrong(at, "a number"), Some)
    }

    fn rank(&self, path: &idmef::Path, text: &str, at: std::ops::Range<usize>) -> Option<(i32, &'static str)> {
        let list = path.enumeration()?;
        let number = list.number_of(text).or_else(|| text.parse().ok());
        if let Some((number, name)) = number.and_then(|number| Some((number, list.name_of(number)?))) {
            return Some((number, name));
        }
        let names = || list.names.iter().copied();
        self.refuse(at, |site| {
            Diagnostic::error(
                Some(site),
                format!("{} is no value that {} can have", quote(text), quote(&path.to_string())),
            )
            .expected(one_of(names()))
            .maybe_help(did_you_mean(text, names()))
        })
    }

    fn time(&self, text: &str, at: std::ops::Range<usize>) -> Option<jiff::Timestamp> {
        if let Some(time) = moment(text) {
            return Some(time);
        }
        self.refuse(at, |site| {
            let help = text.contains(':').then(|| "for hours and days of the week use the filter `time`".to_owned());
            Diagnostic::error(Some(site), format!("{} is not a time", quote(text)))
                .expected("a time with its zone, such as `2026-11-21T10:00:00Z`")
                .maybe_help(help)
        })
    }

    /// Refuses an expression before which `prefix` bytes were put; what is wrong is pointed at where the criteria spells it as it is.
    fn bad_expression<T>(
        &self,
        mut error: ExpressionError,
        prefix: usize,
        text: &str,
        at: &std::ops::Range<usize>,
    ) -> Option<T> {
        let written = self.item.some_text()?.get(at.clone())?;
        let mut from = at.start;
        if let ExpressionError::Syntax { at: wrong, .. } = &mut error {
            match written.find(text) {
                Some(offset) => {
                    from += offset;
                    *wrong = wrong.start.saturating_sub(prefix)..wrong.end.saturating_sub(prefix);
                }
                None => *wrong = 0..written.len(),
            }
        }
        self.item.refuse(bad_expression(self.item, &error, from))
    }

    fn wrong<T>(&self, at: std::ops::Range<usize>, expected: &str) -> Option<T> {
        self.refuse(at, |site| Diagnostic::error(Some(site), "this value does not fit its path").expected(expected))
    }

    fn refuse<T>(
        &self,
        at: std::ops::Range<usize>,
        complaint: impl FnOnce(super::source::Site<'_>) -> Diagnostic,
    ) -> Option<T> {
        let site = self.item.node.site_within(self.item.source, at.start, at.len());
        self.item.refuse(complaint(site))
    }
}

fn values(path: idmef::Path, questions: Vec<Question>) -> Test {
    Test::Values(ValuesTest { path, questions, quantifier: Quantifier::Any })
}

/// The filter of a criteria that stands in no file: for tests that compare it with libprelude's.
#[cfg(test)]
pub(crate) fn filter_of(text: &str) -> Result<Filter, String> {
    parse_criteria(Path::new("test.yaml"), text).map_err(|said| said.to_string())
}
