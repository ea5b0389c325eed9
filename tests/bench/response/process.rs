//! What a process has used, as proc(5) tells.

use std::{
    fs,
    time::{Duration, Instant},
};

/// A process, by its number.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    /// The one that was started with this argument.
    pub fn with(argument: &str) -> Self {
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            let numbers = fs::read_dir("/proc").expect("proc").filter_map(|entry| {
                entry.ok()?.file_name().to_str()?.parse::<u32>().ok().filter(|number| *number != std::process::id())
            });
            for number in numbers {
                let command = fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
                if command.split(|byte| *byte == 0).any(|one| one == argument.as_bytes()) {
                    return Self(number);
                }
            }
        }
        panic!("no process has the argument {argument}");
    }

    /// CPU time of the process itself, in user mode and in the kernel: fields 14 and 15 of its `stat`, in hundredths of a
    /// second. That of children is not in it.
    pub fn cpu(self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        let fields: Vec<_> = stat.rsplit_once(") ").map_or(Vec::new(), |(_, fields)| fields.split(' ').collect());
        let ticks = |field: usize| fields.get(field).and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or(0);
        Duration::from_millis(10 * (ticks(11) + ticks(12)))
    }

    /// Memory that it has now, in KiB.
    pub fn resident(self) -> u64 {
        self.status("VmRSS:")
    }

    /// Counts the most memory that it has had from now on: libprelude maps the whole of a program when it is started, to tell
    /// its SHA-1 sum, which is no memory that anybody lacks.
    pub fn forget_peak(self) {
        let _ = fs::write(format!("/proc/{}/clear_refs", self.0), "5");
    }

    /// The most memory that it has had, in KiB.
    pub fn peak(self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        let value = status.lines().find_map(|line| line.strip_prefix(name));
        value.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    }
}
