//! That something was paused, or goes on, as an alert of our own: while automation rests, people have to know.

use serde_json::{Value, json};

use super::answer::{cut, messageid, text, time};
use crate::{
    idmef::{DecodeError, Message},
    journal::Notice,
};

/// The alert that tells it, as wire bytes. `analyzer` is who we are, in libprelude's JSON.
///
/// # Errors
/// Something in it does not fit into IDMEF.
pub fn notice(notice: &Notice, analyzer: &Value) -> Result<Vec<u8>, DecodeError> {
    let Notice { id, at, paused, scope, why } = notice;
    let alert = json!({ "alert": {
        "messageid": messageid(analyzer, "notice", *id, *at),
        "analyzer": [analyzer],
        "create_time": time(*at),
        "classification": { "text": cut(&format!("Response {}: {scope}", if *paused { "paused" } else { "resumed" })) },
        "assessment": { "impact": {
            // What nobody does now is for people.
            "severity": if *paused { "medium" } else { "info" },
            "type": "other",
            "description": cut(&if *paused { why.clone() } else { format!("it was paused: {why}") }),
        } },
        "additional_data": [text("Paused", scope), text("Why", why)],
    } });
    Message::from_json(alert.to_string().as_bytes()).map(|message| message.to_wire())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::Timestamp;

    use super::*;

    #[test]
    fn it_says_what_is_paused_and_why() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let told = |paused: bool| {
            let why = "its breaker tripped: more than 50 jobs within 10m".to_owned();
            let wire = notice(
                &Notice { id: 7, at, paused, scope: "action block".to_owned(), why },
                &json!({ "analyzerid": "99", "name": "prelude-trigger" }),
            );
            serde_json::from_str::<Value>(&Message::from_wire(&wire.unwrap()).unwrap().to_json()).unwrap()
        };
        let (paused, resumed) = (told(true), told(false));
        let at = |alert: &Value, pointer: &str| alert.pointer(pointer).unwrap_or(&Value::Null).clone();
        assert_eq!(at(&paused, "/alert/classification/text"), "Response paused: action block");
        assert_eq!(at(&paused, "/alert/assessment/impact/severity"), "medium");
        assert_eq!(at(&paused, "/alert/analyzer/0/analyzerid"), "99");
        assert_eq!(at(&resumed, "/alert/classification/text"), "Response resumed: action block");
        let description = at(&resumed, "/alert/assessment/impact/description");
        assert_eq!(description, "it was paused: its breaker tripped: more than 50 jobs within 10m");
        assert_eq!(at(&paused, "/alert/source"), Value::Null);
    }
}
