//! Time: ticks of the clocks and the timers that count them.

use crate::configuration::Configuration;
use crate::state::{MAX_CLOCKS, Replica, State};

/// The ticks by which each clock advances. The clocks of the replicas come first.
pub type Advance = [u8; MAX_CLOCKS];

/// The ways in which the clocks can advance in one tick of true time. A clock that lags by the
/// full drift catches up in time, so over any interval it is wrong by the drift at most.
pub fn advances(configuration: &Configuration, state: &State) -> Vec<Advance> {
    let drift = configuration.times.drift;
    let clocks = configuration.clocks();
    let mut all = vec![[0; MAX_CLOCKS]];
    for clock in 0..clocks {
        let lead = state.leads[clock];
        let ticks = (0..=2_u8).filter(move |ticks| (1..=1 + drift).contains(&(lead + ticks)));
        all = ticks
            .flat_map(|ticks| {
                all.iter().map(move |advance| {
                    let mut advance = *advance;
                    advance[clock] = ticks;
                    advance
                })
            })
            .collect();
    }
    all
}

impl Configuration {
    /// The number of clocks: one for each replica and one for each command line.
    fn clocks(&self) -> usize {
        let command_lines = self.writers.iter().filter(|writer| writer.replica.is_none()).count();
        self.replicas.len() + command_lines
    }

    /// The clock of a writer.
    fn clock_of(&self, writer: usize) -> usize {
        self.writers[writer].replica.unwrap_or_else(|| {
            let before = self.writers[..writer].iter().filter(|writer| writer.replica.is_none());
            self.replicas.len() + before.count()
        })
    }
}

impl State {
    pub fn tick(&mut self, configuration: &Configuration, advance: Advance) {
        let clocks = self.leads.iter_mut().zip(advance).take(configuration.clocks());
        for (lead, ticks) in clocks {
            *lead = *lead + ticks - 1;
        }
        for (replica, ticks) in self.replicas.iter_mut().zip(advance) {
            for _ in 0..ticks {
                replica.tick(configuration);
            }
        }
        for writer in 0..self.writers.len() {
            let ticks = advance[configuration.clock_of(writer)];
            let write = &mut self.writers[writer];
            if write.is_waiting() {
                write.since_commit = (write.since_commit + ticks).min(configuration.wait());
            }
        }
    }
}

impl Replica {
    fn tick(&mut self, configuration: &Configuration) {
        let times = configuration.times;
        count_down(&mut self.lease_left);
        count_down(&mut self.probation.left);
        count_down(&mut self.epoch_wait);
        count_down(&mut self.beats.left);
        if self.lease_left == 0 {
            self.lease_epoch = 0;
        }
        if let Some(knowledge) = &mut self.knowledge {
            count_down(&mut knowledge.left);
        }
        self.knowledge = self.knowledge.filter(|knowledge| knowledge.left > 0);
        if let Some(poll) = &mut self.poll {
            count_up(&mut poll.age, times.lease);
        }
        if let Some(beat) = &mut self.beats.in_flight {
            count_up(&mut beat.age, times.beat_validity);
        }
        for seen in self.beats.seen.iter_mut().flatten() {
            count_up(&mut seen.age, times.removal_delay);
        }
    }
}

fn count_down(left: &mut u8) {
    *left = left.saturating_sub(1);
}

fn count_up(age: &mut u8, most: u8) {
    *age = (*age + 1).min(most);
}
