//! What secret-add and secret-set take: the content from arguments or a file, and the flags that describe a secret. The
//! operator's add-secret and update-secret read content by the same rules, but files as the operator names them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::call::Call;
use super::flags::{Flag, Kind, Options};
use super::go::{base64, duration, quote};
use super::tool::ToolError;
use super::yaml;
use crate::controller::commit::SecretDetails;
use crate::controller::profile::{Profile, SecretLimits};
use crate::controller::secret::SecretValues;

const POLICIES: [&str; 7] = ["never", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly"];

pub(super) const FLAGS: &[Flag] = &[
    Flag {
        names: &["expire"],
        kind: Kind::Text,
        help: "either a duration or time when the secret should expire",
    },
    Flag { names: &["rotate"], kind: Kind::Text, help: "the secret rotation policy" },
    Flag { names: &["description"], kind: Kind::Text, help: "the secret description" },
    Flag { names: &["label"], kind: Kind::Text, help: "a label used to identify the secret in hooks" },
    Flag { names: &["file"], kind: Kind::Text, help: "a YAML file containing secret key values" },
    Flag {
        names: &["owner"],
        kind: Kind::Text,
        help: "the owner of the secret, either the application or the unit",
    },
];

/// The flags that describe the secret, checked. An empty flag is one not given.
///
/// # Errors
/// When a time, a policy or the owner is bad.
pub(super) fn details(options: &Options, now: OffsetDateTime) -> Result<SecretDetails, ToolError> {
    let given = |name| Some(options.text(name)).filter(|text| !text.is_empty()).map(str::to_owned);
    let expire = given("expire").map(|text| expiry(&text, now)).transpose()?;
    let rotate = given("rotate");
    if let Some(policy) = rotate.as_deref().filter(|policy| !POLICIES.contains(policy)) {
        return Err(ToolError::Usage(format!("rotate policy {} not valid", quote(policy))));
    }
    let owner = options.get("owner").unwrap_or("application");
    if !matches!(owner, "application" | "unit") {
        return Err(ToolError::Usage(format!("secret owner {} not valid", quote(owner))));
    }
    Ok(SecretDetails { label: given("label"), description: given("description"), rotate, expire })
}

/// The content of the arguments and of the file, whose values win; in base64.
///
/// # Errors
/// When a key or value is bad or too large, or a file cannot be read; or with the demand for a file.
pub(super) fn content(
    call: &Call<'_>,
    options: &Options,
    arguments: &[String],
) -> Result<SecretValues, ToolError> {
    let limits = call.context.profile().secret_limits;
    let path = options.text("file");
    let read = |path: &str| agent_file(call, path, ToolError::Usage).map(<[u8]>::to_vec);
    read_content(arguments, Some(path).filter(|path| !path.is_empty()), limits, read)
}

/// The content that an operator gives on the command line, in base64.
///
/// # Errors
/// When a key or value is bad or too large, or a file cannot be read.
pub fn of_operator(arguments: &[String], file: Option<&str>) -> Result<SecretValues, String> {
    let limits = Profile::of("").secret_limits;
    let read = |path: &str| {
        let missing = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => format!("open {path}: no such file or directory"),
            _ => format!("open {path}: {error}"),
        };
        fs::read(path).map_err(|error| ToolError::Usage(missing(error)))
    };
    read_content(arguments, file, limits, read).map_err(|error| match error {
        ToolError::Usage(text) | ToolError::Failed(text) => text,
        ToolError::NeedsStdin => "cannot read standard input".to_owned(),
        ToolError::NeedsFile(path) => format!("cannot read {}", path.display()),
    })
}

fn read_content(
    arguments: &[String],
    file: Option<&str>,
    limits: SecretLimits,
    read: impl Fn(&str) -> Result<Vec<u8>, ToolError>,
) -> Result<SecretValues, ToolError> {
    let mut content = encode(from_arguments(arguments, limits, &read)?, limits)?;
    if let Some(path) = file {
        let values = yaml::read_map(&read(path)?, "map[string]string");
        let values = values.map_err(|error| ToolError::usage(error.to_string()))?;
        content.extend(encode(values, limits)?);
    }
    Ok(SecretValues(content))
}

/// `key=value` arguments; `key#file=path` stands for a file's bytes.
fn from_arguments(
    arguments: &[String],
    limits: SecretLimits,
    read: impl Fn(&str) -> Result<Vec<u8>, ToolError>,
) -> Result<BTreeMap<String, Vec<u8>>, ToolError> {
    let mut values = BTreeMap::new();
    for argument in arguments {
        // Padding at the end of base64 is no separator.
        let separator = argument.trim_end_matches('=').find('=').filter(|at| *at > 0);
        let pair = separator.and_then(|at| Some((argument.get(..at)?, argument.get(at + 1..)?)));
        let (key, value) =
            pair.ok_or_else(|| ToolError::Usage(format!("key value {} not valid", quote(argument))))?;
        let Some(key) = key.strip_suffix("#file") else {
            values.insert(key.to_owned(), value.as_bytes().to_vec());
            continue;
        };
        let bytes = read(value).map_err(|error| match error {
            ToolError::Usage(error) => {
                ToolError::Usage(format!("reading content for secret key {}: {error}", quote(key)))
            }
            other => other,
        })?;
        let size = measured(bytes.len(), limits);
        if size > limits.value {
            return Err(ToolError::Usage(format!(
                "secret content in file {} too large: {size} bytes",
                quote(value)
            )));
        }
        values.insert(key.to_owned(), bytes);
    }
    Ok(values)
}

/// A file whose path the agent, not the caller, resolves: a relative one leads nowhere.
fn agent_file<'c>(
    call: &'c Call<'_>,
    path: &str,
    fail: fn(String) -> ToolError,
) -> Result<&'c [u8], ToolError> {
    if !path.starts_with('/') {
        return Err(fail(format!("open {path}: no such file or directory")));
    }
    call.absolute_file(Path::new(path), fail)
}

/// Encodes the values whose key does not say that they are encoded, and checks keys and sizes.
fn encode(
    values: BTreeMap<String, Vec<u8>>,
    limits: SecretLimits,
) -> Result<BTreeMap<String, String>, ToolError> {
    let mut content = BTreeMap::new();
    let mut total = 0;
    for (key, value) in values {
        let bare = key.strip_suffix("#base64");
        let size = if bare.is_some() { value.len() } else { measured(value.len(), limits) };
        if size > limits.value {
            let what = if limits.encoded { "base64 encoded secret content" } else { "secret content" };
            return Err(ToolError::Usage(format!("{what} for key {} too large: {size} bytes", quote(&key))));
        }
        total += size;
        let name = bare.unwrap_or(&key);
        if !is_key(name) {
            return Err(ToolError::Usage(format!("key {} not valid", quote(name))));
        }
        let encoded = match bare {
            Some(_) => String::from_utf8_lossy(&value).into_owned(),
            None => base64::encode(&value),
        };
        content.insert(name.to_owned(), encoded);
    }
    if total > limits.total {
        return Err(ToolError::Usage(format!("secret content too large: {total} bytes")));
    }
    Ok(content)
}

/// The size of a value that is yet to be encoded.
fn measured(size: usize, limits: SecretLimits) -> usize {
    if limits.encoded { size.div_ceil(3) * 4 } else { size }
}

/// `[a-z](-?[a-z0-9]){2,}`
fn is_key(key: &str) -> bool {
    let letters = key.bytes().filter(|byte| *byte != b'-').count();
    key.starts_with(|c: char| c.is_ascii_lowercase())
        && !key.ends_with('-')
        && !key.contains("--")
        && letters >= 3
        && key.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// A duration from now, or a point in time; without a zone it is UTC.
fn expiry(text: &str, now: OffsetDateTime) -> Result<OffsetDateTime, ToolError> {
    if let Some(duration) = duration::parse(text) {
        if duration <= Duration::ZERO {
            return Err(ToolError::Usage(format!("negative expire duration {} not valid", quote(text))));
        }
        return Ok(now + duration);
    }
    let local = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let time = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| PrimitiveDateTime::parse(text, local).map(PrimitiveDateTime::assume_utc));
    time.map_err(|_| ToolError::Usage(format!("expire time or duration {} not valid", quote(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_jujus_rule() {
        for key in ["abc", "a-bc", "a-b-c", "ab1", "a12"] {
            assert!(is_key(key), "{key:?} should be valid");
        }
        for key in
            ["", "ab", "a-b", "ab-", "-abc", "a--bc", "Abc", "aBc", "a_bc", "a b c", "abc#", "1bc", "äbc"]
        {
            assert!(!is_key(key), "{key:?} should be refused");
        }
    }

    #[test]
    fn later_juju_measures_the_encoded_text() {
        let value = |size| BTreeMap::from([("abc".to_owned(), vec![b'x'; size])]);
        let early = SecretLimits { value: 8192, total: 65536, encoded: false };
        let late = SecretLimits { value: 1_000_000, total: 1_000_000, encoded: true };
        assert!(encode(value(8192), early).is_ok());
        assert!(encode(value(750_000), late).is_ok());
        let Err(ToolError::Usage(message)) = encode(value(750_001), late) else { panic!("it is too large") };
        assert_eq!(message, "base64 encoded secret content for key \"abc\" too large: 1000004 bytes");
    }
}
