//! A client that writes without pause through Sentinel, and remembers every write that Redis acknowledged.
//!
//! It does what Redis' guide for Sentinel clients says: after any error it asks a sentinel again. Each write is a key of its
//! own, so that a lost one is missing afterwards. It judges nothing: the record it returns does not say what is too slow.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use redis::{Connection, IntoConnectionInfo as _, RedisConnectionInfo, RedisResult};

/// How long a connection and an answer may take before the writer asks for the master again.
const PATIENCE: Duration = Duration::from_millis(250);
/// Between two tries to find a master.
const RETRY: Duration = Duration::from_millis(20);

/// Where Redis is, and as whom to go there.
#[derive(Clone)]
pub struct Target {
    /// The master's name for Sentinel.
    pub application: String,
    /// The password of the sentinels, and of user `default` at the servers (none: it needs none).
    pub sentinel_password: String,
    pub password: Option<String>,
    /// The units' host names and the address each has now. Whoever replaces a pod tells its new one.
    pub hosts: Arc<Mutex<BTreeMap<String, IpAddr>>>,
    /// The sentinel that answered last: it is asked first.
    pub favourite: Arc<Mutex<Option<IpAddr>>>,
}

/// A writer at work. `stop` ends it.
pub struct Writer {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    thread: JoinHandle<Record>,
}

/// One acknowledged write.
#[derive(Clone)]
pub struct Acknowledged {
    pub at: Instant,
    pub key: u64,
    pub host: Arc<str>,
}

/// What was acknowledged, in order.
#[derive(Default)]
pub struct Record {
    pub writes: Vec<Acknowledged>,
}

/// The longest time between two acknowledged writes.
pub struct Gap {
    pub length: Duration,
    pub old_host: Arc<str>,
    pub new_host: Arc<str>,
}

impl Writer {
    /// Starts to write, with this pause after each write.
    pub fn start(target: Target, pause: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicU64::new(0));
        let (told, count) = (Arc::clone(&stop), Arc::clone(&acknowledged));
        let thread = std::thread::spawn(move || {
            let mut record = Record::default();
            let mut key = 0;
            while !told.load(Ordering::Relaxed) {
                if let Some((host, mut master)) = target.master() {
                    // A write that was not acknowledged may have been kept all the same: its key is not used again.
                    while !told.load(Ordering::Relaxed) && write(&mut master, &host, &mut key, &mut record) {
                        count.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(pause);
                    }
                }
                std::thread::sleep(RETRY);
            }
            record
        });
        Self { stop, acknowledged, thread }
    }

    /// How many writes have been acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Ends it and returns what was acknowledged.
    pub fn stop(self) -> Record {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

impl Record {
    /// The longest gap, if there were two writes.
    pub fn longest_gap(&self) -> Option<Gap> {
        let gap = |pair: &[Acknowledged]| match pair {
            [old, new] => Some(Gap {
                length: new.at - old.at,
                old_host: Arc::clone(&old.host),
                new_host: Arc::clone(&new.host),
            }),
            _ => None,
        };
        self.writes.windows(2).filter_map(gap).max_by_key(|gap| gap.length)
    }

    /// The acknowledged writes that the present master does not have.
    ///
    /// # Errors
    /// When there is no master that answers.
    pub fn lost(&self, target: &Target) -> Result<Vec<u64>, String> {
        let (_, mut master) = target.master().ok_or("no sentinel names a master that answers")?;
        let mut lost = Vec::new();
        for writes in self.writes.chunks(1000) {
            let mut ask = redis::cmd("MGET");
            for write in writes {
                ask.arg(name(write.key));
            }
            let found: Vec<Option<u64>> = ask.query(&mut master).map_err(|error| error.to_string())?;
            let pairs = writes.iter().zip(found);
            lost.extend(pairs.filter(|(write, found)| *found != Some(write.key)).map(|(write, _)| write.key));
        }
        Ok(lost)
    }
}

impl Target {
    /// The host that the first sentinel to answer names, and a connection to it.
    pub fn master(&self) -> Option<(Arc<str>, Connection)> {
        let addresses = self.addresses();
        let mut favourite = self.favourite.lock().unwrap_or_else(PoisonError::into_inner);
        let sentinels = favourite.iter().chain(addresses.values()).copied();
        let mut answers = sentinels.filter_map(|sentinel| Some((sentinel, self.ask(sentinel).ok()??)));
        let (sentinel, host) = answers.next()?;
        drop(answers);
        favourite.replace(sentinel);
        drop(favourite);
        let connection = connect(*addresses.get(&host)?, 6379, self.password.as_deref()).ok()?;
        Some((host.into(), connection))
    }

    fn ask(&self, address: IpAddr) -> RedisResult<Option<String>> {
        let mut sentinel = connect(address, 26379, Some(&self.sentinel_password))?;
        let named: Option<(String, u16)> = redis::cmd("SENTINEL")
            .arg("get-master-addr-by-name")
            .arg(&self.application)
            .query(&mut sentinel)?;
        Ok(named.map(|(host, _)| host))
    }

    fn addresses(&self) -> BTreeMap<String, IpAddr> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Writes the next key; whether it was acknowledged.
fn write(master: &mut Connection, host: &Arc<str>, key: &mut u64, record: &mut Record) -> bool {
    *key += 1;
    let acknowledged = redis::cmd("SET").arg(name(*key)).arg(*key).exec(master).is_ok();
    if acknowledged {
        record.writes.push(Acknowledged { at: Instant::now(), key: *key, host: Arc::clone(host) });
    }
    acknowledged
}

fn name(key: u64) -> String {
    format!("written:{key}")
}

/// Connects within the writer's patience.
pub fn connect(address: IpAddr, port: u16, password: Option<&str>) -> RedisResult<Connection> {
    let mut settings = RedisConnectionInfo::default().set_skip_set_lib_name();
    if let Some(password) = password {
        settings = settings.set_password(password);
    }
    let info = (address.to_string(), port).into_connection_info()?.set_redis_settings(settings);
    let connection = redis::Client::open(info)?.get_connection_with_timeout(PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    Ok(connection)
}
