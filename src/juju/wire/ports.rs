//! `opened-ports`, and how `open-port` and `close-port` name a port.

use std::fmt;
use std::str::FromStr;

use super::{WireError, decode_or_empty};

/// A text that names no port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a port")]
pub struct InvalidPort(pub String);

/// Ports of one protocol, as the hook tools write them: `80/tcp`, `8080-8088/udp`, `icmp`.
///
/// Kubernetes takes single ports only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    /// The protocol comes first in Juju's own order.
    pub protocol: Protocol,
    /// The first port; 0 with ICMP.
    pub from: u16,
    /// The last port; 0 with ICMP.
    pub to: u16,
}

/// What a port speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// No ports. Refused on Kubernetes when the hook ends, so never opened there.
    Icmp,
    /// Streams.
    Tcp,
    /// Datagrams.
    Udp,
}

impl PortRange {
    /// One TCP port.
    pub fn tcp(port: u16) -> Self {
        Self { protocol: Protocol::Tcp, from: port, to: port }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Icmp => "icmp",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.protocol, self.from, self.to) {
            (Protocol::Icmp, _, _) => formatter.write_str("icmp"),
            (protocol, from, to) if from == to => write!(formatter, "{from}/{protocol}"),
            (protocol, from, to) => write!(formatter, "{from}-{to}/{protocol}"),
        }
    }
}

impl FromStr for PortRange {
    type Err = InvalidPort;

    fn from_str(text: &str) -> Result<Self, InvalidPort> {
        read(text).ok_or_else(|| InvalidPort(text.to_owned()))
    }
}

/// Reads `opened-ports --format=json`.
///
/// # Errors
/// When it is no list of ports.
pub fn opened_ports(answer: &[u8]) -> Result<Vec<PortRange>, WireError> {
    const EXPECTED: &str = "a list of ports";
    let texts: Vec<String> = decode_or_empty(answer, EXPECTED)?;
    texts.iter().map(|text| text.parse().map_err(|_| WireError::Shape { expected: EXPECTED })).collect()
}

fn read(text: &str) -> Option<PortRange> {
    if text == "icmp" {
        return Some(PortRange { protocol: Protocol::Icmp, from: 0, to: 0 });
    }
    let (ports, protocol) = text.split_once('/')?;
    let protocol = match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        _ => return None,
    };
    let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
    let number = |digits: &str| -> Option<u16> {
        if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let (from, to) = (number(from)?, number(to)?);
    (from <= to).then_some(PortRange { protocol, from, to })
}
