//! Named places where a test may stop or kill a process.
//!
//! Every step between two effects (pulled, fetched, published, acked, ...) calls
//! [`reached`]. In a release build that is nothing. In a development build the variable
//! `BACKFLEET_FAILPOINTS` (`name=kill@N` or `name=pause@N`, separated by commas, N counted from 1)
//! ends the process as `kill -9` would, or holds it until the test removes the file that marks the
//! place in `BACKFLEET_FAILPOINTS_DIR`.

/// Marks a step that a test can name; does nothing in release builds.
#[cfg(not(debug_assertions))]
#[inline]
pub async fn reached(_name: &'static str) {}

/// Marks a step that a test can name.
#[cfg(debug_assertions)]
pub async fn reached(name: &'static str) {
    planned::reached(name).await;
}

#[cfg(debug_assertions)]
mod planned {
    use std::collections::HashMap;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{LazyLock, OnceLock};
    use std::time::Duration;

    enum Action {
        Kill,
        Pause,
    }

    struct Plan {
        action: Action,
        at: u64,
        hits: AtomicU64,
    }

    static PLANS: LazyLock<HashMap<String, Plan>> = LazyLock::new(|| {
        std::env::var("BACKFLEET_FAILPOINTS")
            .map(|text| parse(&text))
            .unwrap_or_default()
    });
    static DIR: OnceLock<Option<PathBuf>> = OnceLock::new();

    fn parse(text: &str) -> HashMap<String, Plan> {
        text.split(',').filter_map(plan).collect()
    }

    fn plan(text: &str) -> Option<(String, Plan)> {
        let (name, what) = text.trim().split_once('=')?;
        let (action, at) = what.split_once('@').unwrap_or((what, "1"));
        let action = match action {
            "kill" => Action::Kill,
            "pause" => Action::Pause,
            _ => return None,
        };
        Some((
            name.to_owned(),
            Plan {
                action,
                at: at.parse().ok()?,
                hits: AtomicU64::new(0),
            },
        ))
    }

    pub(super) async fn reached(name: &'static str) {
        let Some(plan) = PLANS.get(name) else { return };
        if plan.hits.fetch_add(1, Ordering::SeqCst) + 1 != plan.at {
            return;
        }
        let mark = DIR
            .get_or_init(|| std::env::var_os("BACKFLEET_FAILPOINTS_DIR").map(PathBuf::from))
            .as_ref()
            .map(|dir| dir.join(name));
        if let Some(mark) = &mark {
            let _ = std::fs::write(mark, std::process::id().to_string());
        }
        match plan.action {
            // An abort runs no destructor and flushes nothing, as kill -9 does not.
            Action::Kill => std::process::abort(),
            Action::Pause => {
                while mark.as_ref().is_some_and(|mark| mark.exists()) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }
}
