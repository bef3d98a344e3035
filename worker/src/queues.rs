//! The jobs that have work, as the consumers of `WORK` tell.
//!
//! One listing tells of every job what waits and what is in work, so finished jobs cost nothing.
//! A job of a vendor that this worker may not or cannot ask is left to others.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::stream::Stream;
use common::control::{Control, USUAL_WEIGHT};
use common::item::Token;
use common::jobs::Jobs;
use common::nats::Nats;
use common::service::Health;
use common::streams;
use futures_util::{StreamExt, TryStreamExt};

use crate::share::{self, Load, Shares};
use crate::stop::Stopper;
use crate::vendor::{Vendor, Vendors};

/// How long a pull waits for messages that another worker was quicker to take: not long while other
/// jobs wait for their turn, longer when there is nothing else to do.
const SHORT_WAIT: Duration = Duration::from_millis(20);
const LONG_WAIT: Duration = Duration::from_millis(250);

/// A job's queue.
#[derive(Clone)]
pub(crate) struct Queue {
    pub(crate) job: Token,
    pub(crate) vendor: Arc<Vendor>,
    pub(crate) stopper: Arc<Stopper>,
    consumer: Arc<PullConsumer>,
}

/// Messages of one pull.
pub(crate) struct Pulled(pull::Batch);

/// A queue that had something when the queues were last listed.
struct Active {
    queue: Queue,
    waiting: u64,
    in_work: u64,
    control: Control,
}

/// What to pull next.
pub(crate) struct Turn {
    pub(crate) queue: Queue,
    pub(crate) count: usize,
    /// How long to wait for messages that may not be there.
    pub(crate) wait: Duration,
}

/// The queues this worker may pull from.
pub(crate) struct Queues {
    nats: Nats,
    jobs: Jobs,
    vendors: Arc<Vendors>,
    health: Health,
    stream: Option<Stream>,
    known: HashMap<Token, Queue>,
    stoppers: HashMap<Token, Arc<Stopper>>,
    /// Jobs that are left to others, each told of once.
    left: HashSet<Token>,
    active: Vec<Active>,
    shares: Shares,
    listed: Option<Instant>,
    /// When redeliveries of a job were last looked for.
    looked: HashMap<Token, Instant>,
    look_every: Duration,
}

impl Queue {
    /// How long a message may be held without a sign of life, as the job's consumer has it.
    pub(crate) fn ack_wait(&self) -> Duration {
        self.consumer.cached_info().config.ack_wait
    }

    /// Asks for up to `count` messages; ends as soon as there are no more.
    pub(crate) async fn pull(
        &self,
        count: usize,
        wait: Duration,
    ) -> Result<Pulled, async_nats::Error> {
        let batch = self
            .consumer
            .fetch()
            .max_messages(count)
            .expires(wait)
            .messages()
            .await?;
        Ok(Pulled(batch))
    }
}

impl Pulled {
    /// The next message; errors end the pull, and the messages concerned come again.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        match self.0.next().await? {
            Ok(message) => Some(message),
            Err(error) => {
                tracing::warn!(%error, "pull ended early");
                None
            }
        }
    }
}

impl Queues {
    pub(crate) fn new(
        nats: Nats,
        jobs: Jobs,
        vendors: Arc<Vendors>,
        health: Health,
        ack_wait: Duration,
    ) -> Self {
        Self {
            nats,
            jobs,
            vendors,
            health,
            stream: None,
            known: HashMap::new(),
            stoppers: HashMap::new(),
            left: HashSet::new(),
            active: Vec::new(),
            shares: Shares::default(),
            listed: None,
            looked: HashMap::new(),
            look_every: ack_wait / 4,
        }
    }

    /// Lists the queues anew if the last listing is older than `age` or all of it is used up.
    pub(crate) async fn refresh(&mut self, age: Duration) {
        let used_up = self.active.iter().all(|active| active.waiting == 0);
        if !used_up && self.listed.is_some_and(|at| at.elapsed() < age) {
            return;
        }
        match self.list().await {
            Ok(()) => self.health.ready("nats"),
            Err(error) => {
                self.active.clear();
                self.health.not_ready("nats", error.to_string());
                tracing::warn!(%error, "cannot list the jobs");
            }
        }
        self.listed = Some(Instant::now());
    }

    /// Hears what operators say of the jobs that are in work here, also when nothing can be pulled.
    pub(crate) async fn listen(&mut self, age: Duration) {
        if self.listed.is_none_or(|at| at.elapsed() >= age) {
            self.listed = None;
            self.refresh(age).await;
        }
    }

    async fn list(&mut self) -> Result<(), async_nats::Error> {
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.nats.jetstream.get_stream(streams::WORK).await?,
        };
        let infos: Vec<_> = stream.consumers().try_collect().await?;
        self.active.clear();
        let there: HashSet<Token> = infos
            .iter()
            .map(|info| Token::from_lossy(&info.name))
            .collect();
        self.known.retain(|job, _| there.contains(job));
        self.left.retain(|job| there.contains(job));
        self.looked.retain(|job, _| there.contains(job));
        self.shares.retain(|job| there.contains(job));
        self.stoppers.retain(|job, _| there.contains(job));
        for info in infos {
            let in_work = info.num_ack_pending as u64;
            let control = Control::of(&info.config);
            if control.cancelled
                && let Some(stopper) = self.stoppers.get(&Token::from_lossy(&info.name))
            {
                stopper.stop();
            }
            if control.cancelled || info.paused || info.num_pending + in_work == 0 {
                continue;
            }
            if let Some(queue) = self.queue(&stream, Token::from_lossy(&info.name)).await? {
                self.active.push(Active {
                    queue,
                    waiting: info.num_pending,
                    in_work,
                    control,
                });
            }
        }
        self.stream = Some(stream);
        self.health.tell("active_jobs", self.active.len());
        Ok(())
    }

    async fn queue(
        &mut self,
        stream: &Stream,
        job: Token,
    ) -> Result<Option<Queue>, async_nats::Error> {
        if let Some(queue) = self.known.get(&job) {
            return Ok(Some(queue.clone()));
        }
        let Some((entry, _)) = self.jobs.get(&job).await? else {
            return Ok(None);
        };
        let Some(vendor) = self.vendor(&job, &entry.request.source) else {
            return Ok(None);
        };
        let consumer = Arc::new(stream.get_consumer(job.as_str()).await?);
        let queue = Queue {
            job: job.clone(),
            vendor,
            stopper: self.stopper(&job),
            consumer,
        };
        self.known.insert(job, queue.clone());
        Ok(Some(queue))
    }

    /// What stops the items of a job; the same for all of them, whatever becomes of its queue here.
    fn stopper(&mut self, job: &Token) -> Arc<Stopper> {
        let stopper = self.stoppers.entry(job.clone());
        stopper.or_insert_with(|| Arc::new(Stopper::new())).clone()
    }

    /// The vendor of a job, unless it is none of ours.
    fn vendor(&mut self, job: &Token, name: &str) -> Option<Arc<Vendor>> {
        let vendor = self.vendors.get(name);
        let problem = match vendor {
            None => Some("this worker does not know the source"),
            Some(vendor) => vendor.closed(),
        };
        if let Some(problem) = problem {
            if self.left.insert(job.clone()) {
                tracing::warn!(%job, source = name, problem, "job is left to other workers");
            }
            return None;
        }
        vendor.cloned()
    }

    /// The queue whose turn it is, and how much to pull.
    pub(crate) fn next(&mut self, permits: usize) -> Option<Turn> {
        let loads: Vec<Load> = self.active.iter().map(|active| self.load(active)).collect();
        let (index, count) = share::next(&loads, permits)?;
        let others_wait = self.active.iter().any(|active| active.waiting > 0);
        let queue = self.active[index].queue.clone();
        // The server gives out redeliveries before new messages, so any pull looks for them.
        self.looked.insert(queue.job.clone(), Instant::now());
        let wait = if others_wait { SHORT_WAIT } else { LONG_WAIT };
        Some(Turn { queue, count, wait })
    }

    fn load(&self, active: &Active) -> Load {
        let looked = self.looked.get(&active.queue.job);
        Load {
            waiting: active.waiting,
            in_work: active.in_work,
            due: looked.is_none_or(|at| at.elapsed() >= self.look_every),
            free: active.queue.vendor.free(),
            weight: active.control.weight,
            fresh: active.control.fresh,
            served: self.shares.of(&active.queue.job),
        }
    }

    /// Counts what a pull brought, until the next listing tells better.
    pub(crate) fn pulled(&mut self, queue: &Queue, got: u64) {
        let weight = self
            .active
            .iter()
            .find(|active| active.queue.job == queue.job)
            .map_or(USUAL_WEIGHT, |active| active.control.weight);
        self.shares.serve(&queue.job, got, weight);
        for active in self
            .active
            .iter_mut()
            .filter(|active| active.queue.job == queue.job)
        {
            // A pull that brings nothing has emptied the queue, whatever the listing said.
            active.waiting = if got == 0 {
                0
            } else {
                active.waiting.saturating_sub(got)
            };
            active.in_work = if got == 0 { 0 } else { active.in_work };
        }
    }

    /// Whether any job has items that wait and may be taken into work here.
    pub(crate) fn anything_waits(&self) -> bool {
        self.active
            .iter()
            .any(|active| active.waiting > 0 && active.queue.vendor.free() > 0)
    }

    /// Forgets a queue whose consumer does not answer.
    pub(crate) fn forget(&mut self, queue: &Queue) {
        self.known.remove(&queue.job);
        self.active.retain(|active| active.queue.job != queue.job);
    }
}
