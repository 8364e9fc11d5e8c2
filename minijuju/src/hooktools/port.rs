//! Port ranges as open-port and close-port take them, and their flags.

use std::collections::BTreeSet;
use std::fmt;

use super::call::no_more;
use super::flags::{Flag, Kind, Options};
use super::go::{number::atoi, quote};
use super::tool::ToolError;
use crate::controller::unit::OpenedPort;

/// The flag that limits a port to some endpoints.
pub(super) const ENDPOINTS: Flag = Flag {
    names: &["endpoints"],
    kind: Kind::Text,
    help: "a comma-delimited list of application endpoints to target with this operation",
};

/// The arguments in the usage line.
pub(super) const ARGUMENTS: &str = "<port>[/<protocol>] or <from>-<to>[/<protocol>] or icmp";

/// A range of ports of one protocol; `icmp` has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PortRange {
    pub(super) protocol: String,
    pub(super) from: u16,
    pub(super) to: u16,
}

impl PortRange {
    /// Reads `8080`, `8080/udp`, `8000-8080/tcp` or `icmp`, in any case; without a protocol it is tcp.
    ///
    /// # Errors
    /// With Juju's message.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let lower = text.to_lowercase();
        let (ports, protocol) = lower.split_once('/').unwrap_or((&lower, "tcp"));
        if ports == "icmp" {
            return Ok(Self { protocol: ports.to_owned(), from: 0, to: 0 });
        }
        let bounds: Vec<&str> = ports.split('-').collect();
        let (from, to) = match bounds.as_slice() {
            [port] => (number(port)?, number(port)?),
            [from, to] => (number(from)?, number(to)?),
            _ => return Err(format!("invalid port range {}", quote(ports))),
        };
        let shown = if from == to { from.to_string() } else { format!("{from}-{to}") };
        match protocol {
            "tcp" | "udp" => {}
            "icmp" => {
                return Err(format!("protocol \"icmp\" doesn't support any ports; got {}", quote(&shown)));
            }
            other => {
                let other = quote(other);
                return Err(format!("invalid protocol {other}, expected \"tcp\", \"udp\", or \"icmp\""));
            }
        }
        if from > to {
            return Err(format!("invalid port range {shown}/{protocol}"));
        }
        match (u16::try_from(from), u16::try_from(to)) {
            (Ok(from), Ok(to)) => Ok(Self { protocol: protocol.to_owned(), from, to }),
            _ => Err(format!("port range bounds must be between 0 and 65535, got {from}-{to}")),
        }
    }

    pub(super) fn of(port: &OpenedPort) -> Self {
        Self { protocol: port.protocol.clone(), from: port.from, to: port.to }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, from, to } = self;
        match protocol.as_str() {
            "icmp" => formatter.write_str("icmp"),
            _ if from == to => write!(formatter, "{from}/{protocol}"),
            _ => write!(formatter, "{from}-{to}/{protocol}"),
        }
    }
}

/// The ports that the arguments name, one for each endpoint.
///
/// # Errors
/// When the arguments are bad, or name a range, which Kubernetes' services do not have.
pub(super) fn requested(options: &Options) -> Result<Vec<OpenedPort>, ToolError> {
    let text = options.arguments.first().ok_or_else(|| ToolError::usage("no port or range specified"))?;
    let range = PortRange::parse(text).map_err(ToolError::Usage)?;
    no_more(options.arguments.get(1..).unwrap_or_default())?;
    if range.from != range.to {
        return Err(ToolError::failed(
            "port ranges are not supported for k8s applications, please specify a single port",
        ));
    }
    let endpoints: BTreeSet<&str> = options.text("endpoints").split(',').map(str::trim).collect();
    let ports = endpoints.into_iter().map(|endpoint| OpenedPort {
        endpoint: endpoint.to_owned(),
        protocol: range.protocol.clone(),
        from: range.from,
        to: range.to,
    });
    Ok(ports.collect())
}

fn number(text: &str) -> Result<i64, String> {
    atoi(text).map_err(|error| format!("invalid port {0}: strconv.Atoi: parsing {0}: {error}", quote(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let parsed = PortRange::parse(text).map(|range| range.to_string());
        assert_eq!(parsed.as_deref().map_err(String::as_str), expected, "{text:?}");
    }

    #[test]
    fn ports_are_read_as_juju_reads_them() {
        check("8080", Ok("8080/tcp"));
        check("+80/UDP", Ok("80/udp"));
        check("080", Ok("80/tcp"));
        check("0", Ok("0/tcp"));
        check("80-80", Ok("80/tcp"));
        check("80-90/udp", Ok("80-90/udp"));
        check("ICMP", Ok("icmp"));
        check("icmp/tcp", Ok("icmp"));
        check("8080/icmp", Err("protocol \"icmp\" doesn't support any ports; got \"8080\""));
        check("90-80", Err("invalid port range 90-80/tcp"));
        check("1-2-3", Err("invalid port range \"1-2-3\""));
        check("80/sctp", Err("invalid protocol \"sctp\", expected \"tcp\", \"udp\", or \"icmp\""));
        check("-1", Err("invalid port \"\": strconv.Atoi: parsing \"\": invalid syntax"));
        check("80 ", Err("invalid port \"80 \": strconv.Atoi: parsing \"80 \": invalid syntax"));
        check("65536", Err("port range bounds must be between 0 and 65535, got 65536-65536"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_port_or_an_error(text in ".*") {
            drop(PortRange::parse(&text));
        }

        #[test]
        fn ranges_print_as_they_parse(from in 0_u16.., to in 0_u16.., protocol in "tcp|udp") {
            let range = PortRange { protocol, from: from.min(to), to: from.max(to) };
            proptest::prop_assert_eq!(PortRange::parse(&range.to_string()), Ok(range));
        }
    }
}
