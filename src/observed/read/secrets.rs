//! Juju's secrets.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::juju::names::SecretId;
use crate::juju::tools::{HookTools, Reason, Revision, SecretKey};
use crate::observed::{Peer, SecretState, Wants};
use crate::relations::answer::NamedSecrets;

/// The application's own, which the peer relation names, or a label.
pub(super) async fn own(wants: &Wants, peer: Option<&Peer>, tools: &HookTools) -> SecretState {
    let named = wants.secret_key.zip(peer).and_then(|(key, peer)| peer.application.get(key));
    let Some(id) = named.and_then(|text| SecretId::parse(text).ok()) else {
        let Some(label) = wants.secret_label.filter(|_| peer.is_some()) else { return SecretState::Unnamed };
        let content = tools.secret_get(SecretKey::Label(label), Revision::Refresh).await;
        return content.map_or(SecretState::Unnamed, SecretState::Known);
    };
    let uri = id.to_uri();
    state(id, &uri, tools).await
}

/// Those that options and relations name. Each is followed: its latest revision is read.
pub(super) async fn named(named: NamedSecrets, tools: &HookTools) -> BTreeMap<SecretId, SecretState> {
    let read = named.into_iter().map(|(id, uri)| async move { (id.clone(), state(id, &uri, tools).await) });
    join_all(read).await.into_iter().collect()
}

/// What Juju does not give is part of what is seen, never an error.
async fn state(id: SecretId, uri: &str, tools: &HookTools) -> SecretState {
    match tools.secret_get(SecretKey::Uri(uri), Revision::Refresh).await {
        Ok(content) => SecretState::Known(content),
        Err(error) => match error.reason() {
            Reason::NotFound => SecretState::Vanished(id),
            Reason::Unsupported => SecretState::Unnamed,
            Reason::PermissionDenied
            | Reason::NotLeader
            | Reason::RelationGone
            | Reason::NotRunningAction
            | Reason::TimedOut
            | Reason::Other => SecretState::Unreadable(id, error.to_string()),
        },
    }
}
