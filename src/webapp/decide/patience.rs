//! A new relation whose hooks are sure to come in a moment is worth waiting for: the app starts once, with all that it is
//! related to, and not anew for each.

use super::Effects;
use crate::juju::event::Event;
use crate::juju::status::Status;
use crate::webapp::situation::Situation;

/// The same for every hook of many, so that it is set once.
const WAITING: &str = "Waiting for the first hooks of new relations";

/// What is done in the container, and what is shown: nothing yet, where more is about to be known. Should a hook not come
/// after all, the next update-status carries on.
pub(super) fn patiently(
    situation: &Situation<'_>,
    (effects, status): (Effects, Status),
) -> (Effects, Status) {
    let observed = situation.observed;
    let web = situation.charm.profile.framework.as_str();
    let runs = situation.container().is_some_and(|container| container.is_active(web));
    let waits = if runs {
        matches!(observed.event, Event::Relation(_))
    } else {
        observed.event != Event::UpdateStatus
    };
    if effects.is_empty() || observed.joining.is_empty() || !waits {
        return (effects, status);
    }
    if runs {
        return (Effects::new(), status);
    }
    (Effects::new(), Status::waiting(WAITING))
}
