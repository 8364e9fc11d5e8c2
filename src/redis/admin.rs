//! Asks and tells redis servers and sentinels: the only file that opens a socket to them. Decides nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, FromRedisValue, IntoConnectionInfo as _,
    RedisConnectionInfo, RedisError,
};

use super::age::KnownReplica;
use super::info::{self, MissingField};
use super::pace::Pace;
use super::view::{Address, Sentinel, Server};
use crate::secret::Secret;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The ACL user; `None` for the password of a sentinel, which has no users of its own.
    pub user: Option<&'static str>,
    /// The password of that user.
    pub password: Secret,
}

/// Why a server did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing answers there within the deadline.
    #[error("{host}:{port} cannot be reached")]
    Unreachable {
        /// Whom was asked.
        host: String,
        /// On which port.
        port: u16,
        /// What the system said.
        #[source]
        source: Option<RedisError>,
    },
    /// The server does not take the password.
    #[error("{host}:{port} refuses the charm's password")]
    Refused {
        /// Whom was asked.
        host: String,
        /// On which port.
        port: u16,
    },
    /// The server answered with an error.
    #[error("{command} on {host} answered {code}")]
    Answered {
        /// The command's words, without values.
        command: &'static str,
        /// Whom was asked.
        host: String,
        /// The error's first word: `NOGOODSLAVE`, `INPROG`, `ERR` …
        code: String,
    },
    /// The answer lacks something.
    #[error("{command} on {host} gave an answer that cannot be read")]
    Malformed {
        /// The command's words.
        command: &'static str,
        /// Whom was asked.
        host: String,
        /// What is missing.
        #[source]
        source: MissingField,
    },
}

/// A connection to one server or sentinel. Every call has the deadline it was made with; those of clones share the
/// connection, and what is asked together travels together.
#[derive(Clone)]
pub struct Admin {
    address: Address,
    connection: MultiplexedConnection,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Admin").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Admin {
    /// Connects and authenticates.
    ///
    /// # Errors
    /// When the server cannot be reached within the deadline, or refuses the password.
    pub async fn connect(address: &Address, login: &Login, deadline: Duration) -> Result<Self, Error> {
        let client = client(address, login).map_err(|source| failed(address, "AUTH", source))?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(deadline))
            .set_response_timeout(Some(deadline));
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        // The library's own time-out does not cover the name look-up.
        let connection = tokio::time::timeout(deadline, connection).await.map_err(|_| {
            Error::Unreachable { host: address.host.clone(), port: address.port, source: None }
        })?;
        let connection = connection.map_err(|source| failed(address, "AUTH", source))?;
        Ok(Self { address: address.clone(), connection })
    }

    /// What a server says of itself.
    ///
    /// # Errors
    /// When it does not answer, or not as a Redis server does.
    pub async fn server(&mut self) -> Result<Server, Error> {
        let text: String = self.ask("INFO", &[]).await?;
        info::server(&text).map_err(|source| self.malformed("INFO", source))
    }

    /// What a sentinel says of the named master; `None` when it does not know that name.
    ///
    /// # Errors
    /// When it does not answer, or not as Sentinel does.
    pub async fn sentinel(&mut self, name: &str) -> Result<Option<Sentinel>, Error> {
        let fields: BTreeMap<String, String> = match self.ask("SENTINEL MASTER", &[name]).await {
            Ok(fields) => fields,
            // `-ERR No such master with that name`
            Err(Error::Answered { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        info::sentinel(&fields).map(Some).map_err(|source| self.malformed("SENTINEL MASTER", source))
    }

    /// The replicas that a sentinel knows.
    ///
    /// # Errors
    /// When it does not answer, or not as Sentinel does.
    pub async fn replicas(&mut self, name: &str) -> Result<Vec<KnownReplica>, Error> {
        let all: Vec<BTreeMap<String, String>> = self.ask("SENTINEL REPLICAS", &[name]).await?;
        let all: Result<_, _> = all.iter().map(info::known_replica).collect();
        all.map_err(|source| self.malformed("SENTINEL REPLICAS", source))
    }

    /// Gives a server the master's role.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn promote(&mut self) -> Result<(), Error> {
        self.tell("REPLICAOF", &["NO", "ONE"]).await
    }

    /// Makes a server follow another.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn follow(&mut self, master: &Address) -> Result<(), Error> {
        self.tell("REPLICAOF", &[&master.host, &master.port.to_string()]).await
    }

    /// Asks a sentinel to fail over now.
    ///
    /// # Errors
    /// When it does not answer, knows no replica fit to be master (`NOGOODSLAVE`), or is at it already (`INPROG`).
    pub async fn fail_over(&mut self, name: &str) -> Result<(), Error> {
        self.tell("SENTINEL FAILOVER", &[name]).await
    }

    /// Makes a sentinel look at this pace. Redis 7; forgotten when it restarts.
    ///
    /// # Errors
    /// When it does not answer, or is older.
    pub async fn set_pace(&mut self, pace: Pace) -> Result<(), Error> {
        let periods = pace.periods().map(|(name, period)| (name, period.as_millis().to_string()));
        let words: Vec<&str> = periods.iter().flat_map(|(name, period)| [*name, period]).collect();
        self.tell("SENTINEL DEBUG", &words).await
    }

    /// Ends the process. It gives no answer if it does.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn shut_down(&mut self) -> Result<(), Error> {
        match self.tell("SHUTDOWN", &[]).await {
            Err(Error::Unreachable { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Makes a sentinel forget replicas and other sentinels, and learn them anew from the master.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn reset(&mut self, name: &str) -> Result<(), Error> {
        let _matched: i64 = self.ask("SENTINEL RESET", &[name]).await?;
        Ok(())
    }

    /// Makes a sentinel forget the named master altogether.
    ///
    /// # Errors
    /// When it does not answer or does not know the name.
    pub async fn unmonitor(&mut self, name: &str) -> Result<(), Error> {
        self.tell("SENTINEL REMOVE", &[name]).await
    }

    /// Makes a sentinel watch a master under a name.
    ///
    /// # Errors
    /// When it does not answer, or has that name already.
    pub async fn monitor(&mut self, name: &str, master: &Address, quorum: u32) -> Result<(), Error> {
        self.tell("SENTINEL MONITOR", &[name, &master.host, &master.port.to_string(), &quorum.to_string()])
            .await
    }

    /// Changes one setting of a master in a sentinel.
    ///
    /// # Errors
    /// When it does not answer, or refuses the value.
    pub async fn sentinel_set(&mut self, name: &str, setting: &str, value: &Secret) -> Result<(), Error> {
        self.tell("SENTINEL SET", &[name, setting, value.expose()]).await
    }

    /// Changes one setting of a running server, and in its file.
    ///
    /// # Errors
    /// When it does not answer, or refuses the value.
    pub async fn config_set(&mut self, setting: &str, value: &Secret) -> Result<(), Error> {
        self.tell("CONFIG SET", &[setting, value.expose()]).await
    }

    /// One setting of a running server.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn config_get(&mut self, setting: &str) -> Result<String, Error> {
        let mut found: BTreeMap<String, String> = self.ask("CONFIG GET", &[setting]).await?;
        Ok(found.remove(setting).unwrap_or_default())
    }

    /// Whether an ACL user needs no password.
    ///
    /// # Errors
    /// When it does not answer, or has no such user.
    pub async fn acl_is_open(&mut self, user: &str) -> Result<bool, Error> {
        let fields: BTreeMap<String, redis::Value> = self.ask("ACL GETUSER", &[user]).await?;
        let flags: Vec<String> =
            fields.get("flags").and_then(|flags| redis::from_redis_value_ref(flags).ok()).unwrap_or_default();
        Ok(flags.iter().any(|flag| flag == "nopass"))
    }

    /// Gives an ACL user exactly this rule.
    ///
    /// # Errors
    /// When it does not answer, or refuses the rule.
    pub async fn acl_set_user(&mut self, user: &str, rule: &Secret) -> Result<(), Error> {
        let words: Vec<&str> = [user, "reset"].into_iter().chain(rule.expose().split(' ')).collect();
        self.tell("ACL SETUSER", &words).await
    }

    /// Ends the connections of one ACL user.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn kill_clients_of(&mut self, user: &str) -> Result<(), Error> {
        let _ended: i64 = self.ask("CLIENT KILL", &["USER", user]).await?;
        Ok(())
    }

    /// Refuses writes for this long, or until [`Admin::resume`].
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn pause_writes(&mut self, time: Duration) -> Result<(), Error> {
        self.tell("CLIENT PAUSE", &[&time.as_millis().to_string(), "WRITE"]).await
    }

    /// Ends a pause.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn resume(&mut self) -> Result<(), Error> {
        self.tell("CLIENT UNPAUSE", &[]).await
    }

    /// Ends the connections of all clients but this one, so that they look for the master anew.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn kill_clients(&mut self) -> Result<(), Error> {
        for kind in ["normal", "pubsub"] {
            let _ended: i64 = self.ask("CLIENT KILL", &["TYPE", kind, "SKIPME", "yes"]).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, command: &'static str, values: &[&str]) -> Result<(), Error> {
        let _ok: String = self.ask(command, values).await?;
        Ok(())
    }

    async fn ask<T: FromRedisValue>(&mut self, command: &'static str, values: &[&str]) -> Result<T, Error> {
        let mut call = redis::Cmd::new();
        for word in command.split(' ') {
            call.arg(word);
        }
        for value in values {
            call.arg(*value);
        }
        call.query_async(&mut self.connection).await.map_err(|source| failed(&self.address, command, source))
    }

    fn malformed(&self, command: &'static str, source: MissingField) -> Error {
        Error::Malformed { command, host: self.address.host.clone(), source }
    }
}

/// A subscription to everything a sentinel announces, or to nothing on a server: its end tells that the process died.
pub struct Subscription {
    messages: redis::aio::PubSubStream,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Subscription").finish_non_exhaustive()
    }
}

impl Subscription {
    /// Connects and subscribes.
    ///
    /// # Errors
    /// As [`Admin::connect`].
    pub async fn open(
        address: &Address,
        login: &Login,
        channels: &str,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let opening = async {
            let client = client(address, login)?;
            let mut subscription = client.get_async_pubsub().await?;
            subscription.psubscribe(channels).await?;
            Ok(subscription.into_on_message())
        };
        match tokio::time::timeout(deadline, opening).await {
            Ok(Ok(messages)) => Ok(Self { messages }),
            Ok(Err(source)) => Err(failed(address, "PSUBSCRIBE", source)),
            Err(_) => {
                Err(Error::Unreachable { host: address.host.clone(), port: address.port, source: None })
            }
        }
    }

    /// Waits for the next message's channel; `None` when the connection has ended.
    pub async fn next(&mut self) -> Option<String> {
        let message = futures_util::StreamExt::next(&mut self.messages).await?;
        Some(message.get_channel_name().to_owned())
    }
}

fn client(address: &Address, login: &Login) -> Result<Client, RedisError> {
    let mut settings =
        RedisConnectionInfo::default().set_skip_set_lib_name().set_password(login.password.expose());
    if let Some(user) = login.user {
        settings = settings.set_username(user);
    }
    let place = ConnectionAddr::Tcp(address.host.clone(), address.port).into_connection_info()?;
    Client::open(place.set_redis_settings(settings))
}

fn failed(address: &Address, command: &'static str, source: RedisError) -> Error {
    let (host, port) = (address.host.clone(), address.port);
    let refused = source.kind() == redis::ErrorKind::AuthenticationFailed;
    match source.code() {
        Some("WRONGPASS" | "NOAUTH" | "NOPERM") => Error::Refused { host, port },
        _ if refused => Error::Refused { host, port },
        Some(code) if !source.is_io_error() => Error::Answered { command, host, code: code.to_owned() },
        _ => Error::Unreachable { host, port, source: Some(source) },
    }
}
