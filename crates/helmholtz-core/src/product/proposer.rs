//! Programs that another process proposes: since only the joint ranks, anything may.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::{WIDEST, shortened, visible};
use super::{LeftOut, ProductError};

/// The options of verbs that search by a model that ships.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Searching {
    /// Ask this command for programs, one a line, instead of the guide; it gets what is to be explained as JSON
    #[schemars(extend("value" = "CMD"))]
    pub proposer: Option<String>,
    /// Begin no round of an answer's search after so many seconds, and give what was found
    #[schemars(range(min = 1), extend("value" = "SECONDS"))]
    pub max_time_each: Option<u64>,
}

/// What a process proposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered<P> {
    /// The programs, in its order; `None` where nobody was asked.
    pub programs: Option<Vec<P>>,
    /// The lines that are none.
    pub left_out: Option<LeftOut>,
}

/// The most that is read of a process, in bytes.
const MOST: u64 = 16 << 20;
/// How long a process may take for one answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at whether it has ended.
const GLANCE: Duration = Duration::from_millis(2);

impl Searching {
    /// The bound of time of an answer that begins now, as a budget has it: its own, or what is left of that of all.
    pub fn seconds(&self, until: Option<Instant>) -> Option<f64> {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        // Where nothing is left, the search still begins, and ends after its first look.
        let left = left.map(|left| left.as_secs_f64().max(1e-3));
        let own = self.max_time_each.map(|seconds| seconds as f64);
        [own, left].into_iter().flatten().reduce(f64::min)
    }

    /// Asks for programs that explain something. `read` reads a program, or says what is wrong with it.
    ///
    /// # Errors
    /// When the command cannot be run, fails, or writes no text.
    pub fn ask<P, E: std::fmt::Display>(
        &self,
        observation: &impl Serialize,
        read: impl Fn(&str) -> Result<P, E>,
    ) -> Result<Offered<P>, ProductError> {
        let Some(command) = &self.proposer else {
            return Ok(Offered {
                programs: None,
                left_out: None,
            });
        };
        let failed =
            |reason: String| ProductError::option("proposer", format!("`{command}`: {reason}"));
        let text = answer(command, observation, PATIENCE).map_err(failed)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let (mut programs, mut refused) = (vec![], vec![]);
        for line in lines {
            match read(line) {
                Ok(program) => programs.push(program),
                Err(reason) => {
                    refused.push(format!("`{}`: {reason}", shortened(&visible(line), WIDEST)))
                }
            }
        }
        if programs.is_empty() {
            let nothing = || "it proposed nothing".to_owned();
            return Err(failed(refused.into_iter().next().unwrap_or_else(nothing)));
        }
        let count = refused.len() as u64;
        let left_out = refused.into_iter().next();
        Ok(Offered {
            programs: Some(programs),
            left_out: left_out.map(|first| LeftOut::new("lines of the proposer", count, first)),
        })
    }
}

/// What a command makes of something.
fn answer(
    command: &str,
    observation: &impl Serialize,
    patience: Duration,
) -> Result<String, String> {
    let mut asked = serde_json::to_vec(observation).map_err(|e| e.to_string())?;
    asked.push(b'\n');
    let mut child = shell(command)
        .spawn()
        .map_err(|e| format!("cannot be run: {e}"))?;
    let deadline = Instant::now() + patience;
    let read = talk(&mut child, asked, patience);
    let cut = read.as_ref().is_some_and(|read| read.len() as u64 > MOST);
    if cut {
        let _ = child.kill();
    }
    let ended = read.and_then(|read| Some((read, ended(&mut child, deadline)?)));
    let Some((read, status)) = ended else {
        // It may have begun others, which hold its output open; nobody waits for those.
        let _ = child.kill().and_then(|()| child.wait());
        let seconds = patience.as_secs_f64();
        return Err(format!("it took longer than {seconds} s for one answer"));
    };
    match status.success() {
        _ if cut => Err(format!("it wrote more than {} MiB", MOST >> 20)),
        true => String::from_utf8(read).map_err(|_| "it wrote no UTF-8".into()),
        false => Err(format!("it failed: {status}")),
    }
}

fn shell(command: &str) -> Command {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut shell = Command::new(shell);
    shell
        .arg(flag)
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    shell
}

/// How a process ended, if it does so in time; it may have closed its output long before.
fn ended(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < deadline => std::thread::sleep(GLANCE),
            ended => return ended.ok().flatten(),
        }
    }
}

/// Writes to a process and reads from it at once, since either may wait for the other. It is `None` when the process takes
/// too long; then the threads end when it lets go of its ends.
fn talk(child: &mut Child, asked: Vec<u8>, patience: Duration) -> Option<Vec<u8>> {
    if let Some(mut input) = child.stdin.take() {
        // One that does not listen is no failure.
        std::thread::spawn(move || input.write_all(&asked));
    }
    let (sender, receiver) = channel();
    let output = child.stdout.take();
    std::thread::spawn(move || {
        let mut read = vec![];
        if let Some(output) = output {
            let _ = output.take(MOST + 1).read_to_end(&mut read);
        }
        // Nobody hears it who has lost patience.
        let _ = sender.send(read);
    });
    receiver.recv_timeout(patience).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(command: &str) -> Result<Offered<u32>, ProductError> {
        let searching = Searching {
            proposer: Some(command.to_owned()),
            ..Searching::default()
        };
        searching.ask(&vec![1, 2], str::parse::<u32>)
    }

    #[test]
    fn a_process_proposes_programs_and_what_is_none_is_told() {
        let offered = asked("cat; printf '7\\n\\n8\\nx\\n'").unwrap();
        assert_eq!(offered.programs, Some(vec![7, 8]));
        // What it was asked, and a letter.
        assert_eq!(offered.left_out.unwrap().count, 2);
        let nobody = Searching::default().ask(&0, str::parse::<u32>).unwrap();
        assert_eq!((nobody.programs, nobody.left_out), (None, None));
    }

    #[test]
    fn one_that_never_answers_is_left() {
        for command in ["sleep 30", "echo 1; exec >&-; sleep 30"] {
            let error = answer(command, &0, Duration::from_millis(50)).unwrap_err();
            assert!(error.contains("longer than 0.05 s"), "{error}");
        }
    }

    #[test]
    fn one_that_does_not_listen_or_fails_or_floods_is_told() {
        assert_eq!(asked("echo 3").unwrap().programs, Some(vec![3]));
        let error = asked("exit 3").unwrap_err().to_string();
        assert!(
            error.contains("proposer") && error.contains("exit 3"),
            "{error}"
        );
        let flood = asked("yes 1").unwrap_err().to_string();
        assert!(flood.contains("16 MiB"), "{flood}");
        assert!(
            asked("printf '\\377'")
                .unwrap_err()
                .to_string()
                .contains("UTF-8")
        );
    }
}
