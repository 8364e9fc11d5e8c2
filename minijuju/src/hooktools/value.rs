//! What a tool prints, before a format is chosen.

/// A value as Go's encoders see it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    /// A string that is not UTF-8.
    Binary(Vec<u8>),
    /// A list that is typed as strings: smart prints one a line.
    Texts(Vec<String>),
    /// A string list that is Go's nil: `null` in JSON.
    NoTexts,
    List(Vec<Self>),
    /// A map: JSON sorts its keys by bytes, YAML naturally.
    Map(Vec<(String, Self)>),
    /// A Go struct: its fields keep their order.
    Fields(Vec<(&'static str, Self)>),
}

impl Value {
    /// A map from any pairs.
    pub fn map<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A map of strings.
    pub fn text_map<'t>(pairs: impl IntoIterator<Item = (&'t String, &'t String)>) -> Self {
        Self::map(pairs.into_iter().map(|(key, value)| (key.clone(), Self::Text(value.clone()))))
    }

    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The string behind some bytes, text if it can be.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|error| Self::Binary(error.into_bytes()), Self::Text)
    }
}

/// JSON as an agent sees it that got it from the controller: every number is a float.
impl From<&serde_json::Value> for Value {
    fn from(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            serde_json::Value::Object(map) => {
                Self::map(map.iter().map(|(key, value)| (key, Self::from(value))))
            }
        }
    }
}
