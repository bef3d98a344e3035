//! Waiting for something that another process does.

use std::time::Duration;

/// Asks again and again until there is an answer.
///
/// # Errors
/// When there is none after `deadline`; the error says what was waited for.
pub async fn until<T>(
    what: &str,
    deadline: Duration,
    mut check: impl AsyncFnMut() -> Option<T>,
) -> anyhow::Result<T> {
    let mut interval = tokio::time::interval(Duration::from_millis(20));
    let answer = async {
        loop {
            interval.tick().await;
            if let Some(answer) = check().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(deadline, answer)
        .await
        .map_err(|_| anyhow::anyhow!("{what} did not happen within {} s", deadline.as_secs()))
}
