//! `time:` as it is written in a file.

use jiff::tz::TimeZone;

use super::{
    TimeTest,
    decode::Item,
    diagnostic::{did_you_mean, quote},
    document::Value,
    time_test::{DAY_NAMES, Days, Hours, MINUTES, Moment},
};
use crate::idmef::ValueType;

const KEYS: [&str; 4] = ["hours", "days", "zone", "of"];
const HOURS: &str = "hours of the day, such as `07:00-20:00`, or `22:00-06:00` for a night";
const DAYS: &str = "days of the week, such as `mon-fri`, `sat` or `[mon, wed-fri]`";

/// `time: { hours: 07:00-20:00, days: mon-fri, zone: Europe/Paris, of: now }`
pub(super) fn decode(item: Item<'_>) -> Option<TimeTest> {
    let table = item.table("`time`", &KEYS)?;
    if table.key("hours").is_none() && table.key("days").is_none() {
        return item.refuse(item.error("`time` asks nothing").expected("`hours`, `days` or both"));
    }
    let hours = table.get("hours").map_or(Some(Vec::new()), |item| several(item, HOURS, hours));
    let days = match table.get("days") {
        None => Some(Days::ALL),
        Some(item) => several(item, DAYS, days)
            .map(|ranges| ranges.into_iter().fold(Days::NONE, |days, (first, last)| days.with(first, last))),
    };
    let zone = table.get("zone").map_or_else(|| Some(TimeZone::system()), zone);
    let of = table.get("of").map_or(Some(Moment::Message), of);
    Some(TimeTest { of: of?, hours: hours?, days: days?, zone: zone? })
}

/// One element, or a list of them.
fn several<T>(item: Item<'_>, expected: &str, read: fn(Item<'_>) -> Option<T>) -> Option<Vec<T>> {
    match &item.node.value {
        Value::List(list) if list.is_empty() => item.wrong(expected),
        Value::List(_) => {
            let read: Vec<_> = item.list(expected)?.map(read).collect();
            read.into_iter().collect()
        }
        _ => read(item).map(|one| vec![one]),
    }
}

fn hours(item: Item<'_>) -> Option<Hours> {
    let Value::Text(text) = &item.node.value else { return item.wrong(HOURS) };
    let (from, to) = text.split_once('-').unwrap_or((text, ""));
    match (minute(from), minute(to)) {
        (Some(from), Some(to)) if from == to => item.refuse(
            item.error(format!("{} begins and ends at the same time", quote(text)))
                .help("the whole day is `00:00-24:00`; without `hours` every hour is meant"),
        ),
        (Some(from), Some(to)) if from < MINUTES && to > 0 => Some(Hours { from, to }),
        _ => item.wrong(HOURS),
    }
}

/// Minutes since midnight of `HH:MM`, up to 24:00.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |text: &str, length: std::ops::RangeInclusive<usize>| {
        let fine = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        fine.then(|| text.parse::<u16>().ok())?
    };
    let (hour, minute) = (digits(hour, 1..=2)?, digits(minute, 2..=2)?);
    (minute < 60 && hour * 60 + minute <= MINUTES).then_some(hour * 60 + minute)
}

fn days(item: Item<'_>) -> Option<(u8, u8)> {
    let Value::Text(text) = &item.node.value else { return item.wrong(DAYS) };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let day = |text: &str| {
        let text = text.trim().to_ascii_lowercase();
        // The whole name is as good as its beginning: monday, tues, thur.
        let whole = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        (0..).zip(whole).find(|(_, name)| text.len() >= 3 && name.starts_with(&text)).map(|(day, _)| day)
    };
    match (day(first), day(last)) {
        (Some(first), Some(last)) => Some((first, last)),
        _ => item.refuse(item.mismatch(DAYS).maybe_help(did_you_mean(&text.to_lowercase(), DAY_NAMES))),
    }
}

fn zone(item: Item<'_>) -> Option<TimeZone> {
    let name = item.some_text()?;
    match TimeZone::get(name) {
        Ok(zone) => Some(zone),
        Err(_) => {
            let names: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
            let help = did_you_mean(name, names.iter().map(String::as_str));
            item.refuse(item.mismatch("a time zone, such as `UTC` or `Europe/Paris`").maybe_help(help))
        }
    }
}

fn of(item: Item<'_>) -> Option<Moment> {
    let text = item.some_text()?;
    match text {
        "message" => return Some(Moment::Message),
        "now" => return Some(Moment::Now),
        _ if !text.contains('.') => {
            return item.wrong("`message`, `now`, or the path of a time such as `alert.create_time`");
        }
        _ => {}
    }
    let path = item.idmef_path()?;
    if path.value_type() == ValueType::Time {
        return Some(Moment::Path(path));
    }
    item.refuse(
        item.error(format!("{} is not a time", quote(text)))
            .expected("`message`, `now`, or the path of a time such as `alert.create_time`"),
    )
}
