//! Fills batches from the messages that are pulled, and lets a ripe one go when an insert slot is
//! free. The decisions are those of [`crate::batch`].

use common::failpoint;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{Instant, sleep_until};

use crate::batch::{Filling, Limits};
use crate::gate::Gate;
use crate::record::Record;
use crate::store::Ripe;

/// Fills until no message can come any more, then lets go of the last batch whatever its age.
pub(crate) async fn run(
    limits: Limits,
    gate: Gate,
    mut records: Receiver<Record>,
    batches: Sender<Ripe>,
) {
    let mut filling = Filling::new(limits);
    let mut open = true;
    while open || !filling.is_empty() {
        let ripe = filling.is_ripe(Instant::now()) || !(open || filling.is_empty());
        let ripe_at = filling.ripe_at().unwrap_or_else(Instant::now);
        tokio::select! {
            biased;
            slot = gate.enter(), if ripe => {
                let records = filling.take();
                failpoint::reached("writer.batched").await;
                if batches.send(Ripe { records, slot }).await.is_err() {
                    return;
                }
            }
            record = records.recv(), if open && filling.takes_more() => match record {
                Some(record) => filling.add(record, Instant::now()),
                None => open = false,
            },
            () = sleep_until(ripe_at), if !ripe && !filling.is_empty() => {}
        }
    }
}
