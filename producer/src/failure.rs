//! How a command ends when it does not succeed: which exit code, and what is printed.
//!
//! Everything travels as `anyhow::Error`; the two types here mark the cases with a code of their
//! own. Used by every command, printed by [`crate::run`].

/// Exit code after a signal, as shells know it from Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;
/// Exit code of `status --wait` when some items were refused for good, or taken away, and of `audit`
/// when not all is stored.
pub(crate) const INCOMPLETE: u8 = 3;

/// The command, a file or the configuration is wrong; nothing was begun.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Usage {
    message: String,
}

/// Stopped by a signal before the end.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Interrupted {
    message: String,
}

/// An error whose exit code is 2.
pub(crate) fn usage(message: impl Into<String>) -> anyhow::Error {
    let message = message.into();
    Usage { message }.into()
}

/// An error whose exit code is 130.
pub(crate) fn interrupted(message: impl Into<String>) -> anyhow::Error {
    let message = message.into();
    Interrupted { message }.into()
}

/// The exit code of an error.
pub(crate) fn code(error: &anyhow::Error) -> u8 {
    if error.is::<Usage>() {
        common::service::USAGE
    } else if error.is::<Interrupted>() {
        INTERRUPTED
    } else {
        1
    }
}
