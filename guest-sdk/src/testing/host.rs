// SPDX-License-Identifier: MIT OR Apache-2.0

//! The host's part of what an action calls.

#[cfg(any(feature = "commands", feature = "http"))]
use std::collections::VecDeque;
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

#[cfg(any(feature = "secrets", feature = "commands"))]
use crate::Error;
use crate::NamedText;
#[cfg(feature = "commands")]
use crate::commands::completed::{Completed, Parameter};
#[cfg(feature = "http")]
use crate::http::{
    error::{Cause, Error as HttpError},
    request::Request,
    response::Response,
};

/// A host that answers as it is told, to the action that runs within [`Host::run`], and notes what it was asked.
///
/// What has not been granted is refused as the daemon refuses it. A question for which there is no answer left is a mistake
/// of the test, and panics.
///
/// ```
/// # #[cfg(all(feature = "secrets", feature = "http"))] {
/// use prelude_trigger_guest::{http::{Request, Response}, secrets, testing::Host};
///
/// let host = Host::new().secret("token", "s3cret").answer(Response::new(204));
/// host.run(|| {
///     let token = secrets::reveal("token")?;
///     let url = "https://api.example.com/".parse().unwrap();
///     Request::post(&url).header("authorization", token.text()?).send()?;
///     Ok::<_, prelude_trigger_guest::Error>(())
/// }).unwrap();
/// assert_eq!(host.requests()[0].headers[0].1, "s3cret");
/// assert_eq!(host.revealed(), ["token"]);
/// # }
/// ```
#[derive(Default)]
pub struct Host(Rc<RefCell<Script>>);

#[derive(Default)]
pub struct Script {
    secrets: BTreeMap<String, Vec<u8>>,
    revealed: Vec<String>,
    #[cfg(feature = "state")]
    pub(super) store: Option<super::store::Store>,
    #[cfg(feature = "commands")]
    commands: BTreeMap<String, (Vec<Parameter>, VecDeque<Completed>)>,
    ran: Vec<(String, Vec<NamedText>)>,
    #[cfg(feature = "http")]
    answers: VecDeque<Result<Response, HttpError>>,
    #[cfg(feature = "http")]
    requests: Vec<Request>,
}

thread_local! {
    /// The host around what this thread runs.
    static CURRENT: RefCell<Option<Rc<RefCell<Script>>>> = const { RefCell::new(None) };
}

impl Host {
    /// A host that has granted nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Grants a secret.
    #[must_use]
    pub fn secret(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.0.borrow_mut().secrets.insert(name.to_owned(), value.into());
        self
    }

    /// The names of the secrets that were revealed, in order.
    pub fn revealed(&self) -> Vec<String> {
        self.0.borrow().revealed.clone()
    }

    /// Grants a store, which begins with these keys and values (of JSON, as [`state`](crate::state) writes them).
    #[cfg(feature = "state")]
    #[must_use]
    pub fn state(self, begins: &[(&str, &str)]) -> Self {
        let mut store = super::store::Store::default();
        begins.iter().for_each(|(key, value)| store.begin(key, value));
        self.0.borrow_mut().store = Some(store);
        self
    }

    /// Lets the store hold no more keys than these.
    ///
    /// # Panics
    /// No store has been granted before.
    #[cfg(feature = "state")]
    #[must_use]
    pub fn at_most_keys(self, keys: usize) -> Self {
        match &mut self.0.borrow_mut().store {
            Some(store) => store.limit(keys),
            None => panic!("a store is limited before it is granted"),
        }
        self
    }

    /// What the store has for a key, as text.
    #[cfg(feature = "state")]
    pub fn kept(&self, key: &str) -> Option<String> {
        self.0.borrow().store.as_ref().and_then(|store| store.text(key))
    }

    /// Lets time pass for the store: what expires is forgotten.
    #[cfg(feature = "state")]
    pub fn pass(&self, time: std::time::Duration) {
        if let Some(store) = &mut self.0.borrow_mut().store {
            store.pass(time);
        }
    }

    /// Grants a command with these gaps, which all must be filled; it ends as told with [`Host::ending`].
    #[cfg(feature = "commands")]
    #[must_use]
    pub fn command(self, name: &str, gaps: &[&str]) -> Self {
        let parameter =
            |gap: &&str| Parameter { name: (*gap).to_owned(), type_name: "text".to_owned(), optional: false };
        let gaps = gaps.iter().map(parameter).collect();
        self.0.borrow_mut().commands.insert(name.to_owned(), (gaps, VecDeque::new()));
        self
    }

    /// How the next run of a command ends.
    ///
    /// # Panics
    /// The command has not been granted before.
    #[cfg(feature = "commands")]
    #[must_use]
    pub fn ending(self, name: &str, completed: Completed) -> Self {
        match self.0.borrow_mut().commands.get_mut(name) {
            Some((_, endings)) => endings.push_back(completed),
            None => panic!("command `{name}` is told how to end before it is granted"),
        }
        self
    }

    /// The commands that were run, with what was put into their gaps.
    pub fn ran(&self) -> Vec<(String, Vec<NamedText>)> {
        self.0.borrow().ran.clone()
    }

    /// What the next HTTP request is answered.
    #[cfg(feature = "http")]
    #[must_use]
    pub fn answer(self, response: Response) -> Self {
        self.0.borrow_mut().answers.push_back(Ok(response));
        self
    }

    /// Why the next HTTP request is not answered.
    #[cfg(feature = "http")]
    #[must_use]
    pub fn no_answer(self, cause: Cause) -> Self {
        let error = HttpError::new(cause, format!("the test says {cause:?}"));
        self.0.borrow_mut().answers.push_back(Err(error));
        self
    }

    /// The HTTP requests that were sent.
    #[cfg(feature = "http")]
    pub fn requests(&self) -> Vec<Request> {
        self.0.borrow().requests.clone()
    }

    /// Runs something with this host around it.
    ///
    /// # Panics
    /// This thread is within a host already.
    pub fn run<T>(&self, action: impl FnOnce() -> T) -> T {
        struct Leave;
        impl Drop for Leave {
            fn drop(&mut self) {
                CURRENT.with_borrow_mut(Option::take);
            }
        }
        let before = CURRENT.with_borrow_mut(|current| current.replace(Rc::clone(&self.0)));
        assert!(before.is_none(), "a host within a host");
        let _leave = Leave;
        action()
    }
}

/// Asks the host around this thread; without one, nothing has been granted.
#[cfg(any(feature = "secrets", feature = "commands", feature = "http", feature = "state"))]
pub(super) fn ask<T>(question: impl FnOnce(&mut Script) -> T) -> T {
    let host = CURRENT.with_borrow(|current| current.clone()).unwrap_or_default();
    question(&mut host.borrow_mut())
}

#[cfg(any(feature = "secrets", feature = "commands"))]
fn names<T>(granted: &BTreeMap<String, T>) -> String {
    match granted.keys().map(String::as_str).collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "nothing is granted".to_owned(),
        names => format!("granted are: {names}"),
    }
}

#[cfg(feature = "secrets")]
pub fn secret(name: &str) -> Result<Vec<u8>, Error> {
    ask(|host| match host.secrets.get(name) {
        Some(value) => {
            host.revealed.push(name.to_owned());
            Ok(value.clone())
        }
        None => Err(Error::misconfigured(format!("secret `{name}`: {}", names(&host.secrets))).code("secret")),
    })
}

#[cfg(feature = "commands")]
pub fn parameters(name: &str) -> Result<Vec<Parameter>, Error> {
    ask(|host| match host.commands.get(name) {
        Some((gaps, _)) => Ok(gaps.clone()),
        None => Err(Error::misconfigured(format!("command `{name}`: {}", names(&host.commands))).code("command")),
    })
}

#[cfg(feature = "commands")]
pub fn command(name: &str, arguments: &[NamedText]) -> Result<Completed, Error> {
    let gaps = parameters(name)?;
    let invalid =
        |gap: &str, what: &str| Err(Error::permanent(format!("command `{name}`, {gap}: {what}")).code("argument"));
    for gap in &gaps {
        match arguments.iter().filter(|argument| argument.name == gap.name).count() {
            0 => return invalid(&gap.name, "it is left open"),
            1 => {}
            _ => return invalid(&gap.name, "it is filled twice"),
        }
    }
    if let Some(odd) = arguments.iter().find(|argument| !gaps.iter().any(|gap| gap.name == argument.name)) {
        return invalid(&odd.name, "there is no such gap");
    }
    ask(|host| {
        host.ran.push((name.to_owned(), arguments.to_vec()));
        let ending = host.commands.get_mut(name).and_then(|(_, endings)| endings.pop_front());
        Ok(ending.unwrap_or_else(|| panic!("the test does not say how command `{name}` ends this time")))
    })
}

#[cfg(feature = "http")]
pub fn http(request: &Request) -> Result<Response, HttpError> {
    ask(|host| {
        host.requests.push(request.clone());
        let answer = host.answers.pop_front();
        let mut response = answer
            .unwrap_or_else(|| panic!("the test does not say what {} {} is answered", request.method, request.url))?;
        response.cut = response.body.len() > request.at_most;
        response.body.truncate(request.at_most);
        Ok(response)
    })
}
