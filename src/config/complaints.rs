//! Where everything that decodes and checks puts what is wrong, so that one run shows every mistake.

use std::cell::{Cell, RefCell};

use super::diagnostic::{Diagnostic, Diagnostics, Severity};

/// More complaints than these are only counted: nobody reads them, and a file may have millions.
const MAX_COMPLAINTS: usize = 10_000;

/// Where complaints go; shared by everything that decodes.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    said: RefCell<Diagnostics>,
    errors: Cell<usize>,
    left_out: Cell<usize>,
}

impl Complaints {
    /// Adds one.
    pub(super) fn add(&self, diagnostic: Diagnostic) {
        let error = diagnostic.severity == Severity::Error;
        self.errors.set(self.errors.get() + usize::from(error));
        let mut said = self.said.borrow_mut();
        if said.iter().len() < MAX_COMPLAINTS {
            said.push(diagnostic);
        } else {
            self.left_out.set(self.left_out.get() + 1);
        }
    }

    /// Adds several.
    pub(super) fn add_all(&self, diagnostics: Vec<Diagnostic>) {
        for one in diagnostics {
            self.add(one);
        }
    }

    /// Whether something is wrong that forbids to use the configuration.
    pub(super) fn has_errors(&self) -> bool {
        self.errors.get() > 0
    }

    /// All of them, in order.
    pub(super) fn into_sorted(self) -> Diagnostics {
        let mut all = self.said.into_inner();
        let left_out = self.left_out.get();
        if left_out > 0 {
            let message =
                format!("there are {left_out} mistakes more than the first {MAX_COMPLAINTS}, which are shown");
            // Among those left out may be the only error.
            all.push(if self.errors.get() > 0 {
                Diagnostic::error(None, message)
            } else {
                Diagnostic::warning(None, message)
            });
        }
        all.sort();
        all
    }
}
