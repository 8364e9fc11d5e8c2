//! How client and server talk: each message is JSON behind its length in four bytes, the highest first.
//!
//! It is a protocol of minijuju's own: Juju's (Go's gob over net/rpc) is no public contract, and both ends are this
//! binary.

use std::fmt;
use std::io;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::go::base64;

/// The longest message either side takes.
const LONGEST: u32 = 256 * 1024 * 1024;

/// The message with its length before it.
///
/// # Errors
/// When the message cannot be JSON, or is too long.
pub fn encode<T: Serialize>(message: &T) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(message)?;
    let length = u32::try_from(json.len()).ok().filter(|length| *length <= LONGEST);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "message too long"))?;
    let mut frame = length.to_be_bytes().to_vec();
    frame.extend(json);
    Ok(frame)
}

/// The length of the message behind this header.
///
/// # Errors
/// When it is longer than either side takes.
pub fn length(header: [u8; 4]) -> io::Result<usize> {
    match u32::from_be_bytes(header) {
        length if length <= LONGEST => Ok(length as usize),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "message too long")),
    }
}

/// The message in these bytes.
///
/// # Errors
/// When they are no such message.
pub fn decode<T: DeserializeOwned>(json: &[u8]) -> io::Result<T> {
    Ok(serde_json::from_slice(json)?)
}

/// Bytes that are base64 in JSON. `Debug` shows how many.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        base64::decode(&text).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::super::call::{Answer, Request};
    use super::*;

    proptest::proptest! {
        #[test]
        fn messages_arrive_as_they_were_sent(args in proptest::collection::vec(".*", 0..4), stdin: Vec<u8>) {
            let mut request = Request::new("web/0-start-1", "/charm", "relation-set", &[]);
            request.args = args;
            request.stdin = Some(Bytes(stdin));
            let frame = encode(&request).unwrap();
            let (header, json) = frame.split_first_chunk::<4>().unwrap();
            proptest::prop_assert_eq!(length(*header).unwrap(), json.len());
            proptest::prop_assert_eq!(decode::<Request>(json).unwrap(), request);
        }

        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes: Vec<u8>) {
            drop((decode::<Request>(&bytes), decode::<Answer>(&bytes)));
        }
    }

    #[test]
    fn a_message_beyond_the_limit_is_refused() {
        assert!(length([0xff; 4]).is_err());
    }
}
