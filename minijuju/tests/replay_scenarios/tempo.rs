//! When a run may end. What one unit sees of another depends on which of them was faster; so ours ends its runs in the
//! order of the recording, however fast this machine is.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::diary::{Diary, Run};
use super::host_process::LAST_WORDS;
use super::record::Line;

/// If nobody else has run for this long, what we wait for comes after us, or never: agents decide at once.
const QUIET: Duration = Duration::from_millis(50);
/// Nobody waits longer: he for whom we wait may wait for us.
const LONGEST: Duration = Duration::from_secs(2);

/// The runs of a recording.
#[derive(Debug, Default)]
pub struct Tempo {
    runs: Vec<Recorded>,
    /// What the operator did at this time is still to be done.
    pub next_verb: f64,
}

#[derive(Debug)]
struct Recorded {
    unit: String,
    /// When its process had ended, and when the run was over.
    exit: f64,
    end: f64,
}

impl Tempo {
    pub fn of(lines: &[Line]) -> Self {
        let runs = lines.iter().filter(|line| line.is_run() && is_counted(&line.hook));
        let recorded = |line: &Line| {
            let words = if line.hook == "juju-exec" { 0.0 } else { LAST_WORDS.as_secs_f64() };
            Recorded { unit: line.unit.clone(), exit: line.end() - words, end: line.end() }
        };
        Self { runs: runs.map(recorded).collect(), next_verb: 0.0 }
    }
}

/// The looks at Pebble have a rhythm of their own.
fn is_counted(hook: &str) -> bool {
    !hook.contains("-pebble-")
}

/// Whether all that was over before this run was, in the recording, is over here.
fn has_come(diary: &Diary, run: usize) -> bool {
    let Tempo { runs, next_verb } = &diary.tempo;
    let unit = &diary.runs[run].unit;
    let before = diary.runs[..run].iter().filter(|other| other.unit == *unit && is_counted(&other.hook()));
    let Some(own) = runs.iter().filter(|recorded| recorded.unit == *unit).nth(before.count()) else {
        return true;
    };
    if !is_counted(&diary.runs[run].hook()) {
        return true;
    }
    own.end <= *next_verb
        && runs.iter().filter(|other| other.unit != *unit).all(|other| {
            let recorded = || runs.iter().filter(|recorded| recorded.unit == other.unit);
            let exited = recorded().filter(|recorded| recorded.exit < own.end).count();
            let over = recorded().filter(|recorded| recorded.end < own.end).count();
            let ours = || diary.of(&other.unit).filter(|run| is_counted(&run.hook()));
            ours().filter(|run| run.has_exited).count() >= exited
                && ours().filter(|run| run.is_over).count() >= over
        })
}

/// How much has happened, and whether a process of another unit runs.
fn happenings(diary: &Diary, run: usize) -> (usize, bool) {
    let unit = &diary.runs[run].unit;
    let count = |run: &Run| 1 + usize::from(run.has_exited) + usize::from(run.is_over);
    let others_run = diary.runs.iter().any(|other| other.unit != *unit && !other.has_exited);
    (diary.runs.iter().map(count).sum(), others_run)
}

/// Waits until a run may end, which must not be before `earliest`.
pub async fn may_end(diary: Rc<RefCell<Diary>>, run: usize, earliest: Instant) {
    sleep_until(earliest).await;
    let begun = Instant::now();
    let (mut known, mut quiet_since) = (0, begun);
    while !has_come(&diary.borrow(), run) && begun.elapsed() < LONGEST && quiet_since.elapsed() < QUIET {
        let (happened, others_run) = happenings(&diary.borrow(), run);
        if happened != known || others_run {
            (known, quiet_since) = (happened, Instant::now());
        }
        sleep(Duration::from_millis(2)).await;
    }
}
