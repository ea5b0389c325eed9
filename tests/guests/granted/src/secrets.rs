// SPDX-License-Identifier: MIT OR Apache-2.0

//! Secrets, told on in every way there is.

use prelude_trigger_guest::{Error, info, secrets::reveal};

/// Something to try.
#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// How long the secret is.
    Length(String),
    /// Prints it, logs it, writes it to standard error in two parts without a line break.
    Tell(String),
    /// Fails with it.
    Fail(String),
    /// Prints it after so many other bytes.
    After(String, usize),
}

impl Act {
    pub fn run(&self) -> Result<String, Error> {
        match self {
            Self::Length(name) => Ok(reveal(name)?.bytes().len().to_string()),
            Self::Tell(name) => {
                let secret = reveal(name)?;
                let text = secret.text()?;
                info!("logged <{text}>");
                let (one, two) = text.split_at(text.len() / 2);
                eprint!("in parts <{one}");
                eprintln!("{two}>");
                Ok(format!("printed <{text}>"))
            }
            Self::Fail(name) => {
                let secret = reveal(name)?;
                Err(Error::permanent(format!("failed with <{}>", secret.text()?)))
            }
            Self::After(name, length) => {
                let secret = reveal(name)?;
                println!("{}{}", "x".repeat(*length), secret.text()?);
                Ok(String::new())
            }
        }
    }
}
