//! The checker finds a violation of every protocol that lacks one rule.

use crate::configuration::{Change, Configuration, Failover};
use crate::model::{FRESH, LISTED, SAME_HISTORY};
use crate::rules::Rule;
use crate::setup::{
    LATE_OTHER, NEWCOMER, OTHER, REMOVER, REPLICA, command_line, configuration, replica,
};

const SESSION: Change = Change::Session;
const UNRELATED: Change = Change::Unrelated;

fn command_line_and_replica() -> Configuration {
    configuration(&[REPLICA], &[command_line(SESSION)])
}

fn replica_and_newcomer() -> Configuration {
    configuration(&[OTHER, NEWCOMER], &[replica(0, SESSION)])
}

#[test]
fn writers_that_do_not_wait() {
    command_line_and_replica().without(&[Rule::WriterWaits]).violates(FRESH);
}

#[test]
fn replicas_that_ignore_epochs() {
    let writers = [command_line(SESSION), command_line(SESSION)];
    let ignorant = || {
        configuration(&[REPLICA], &writers)
            .failover(Failover::LosesAll)
            .without(&[Rule::EpochClearsCache])
    };
    ignorant().violates(FRESH);
    ignorant().violates(SAME_HISTORY);
}

#[test]
fn leases_that_count_from_the_answer() {
    command_line_and_replica().without(&[Rule::LeaseCountsFromBegin]).violates(FRESH);
}

#[test]
fn entries_that_count_from_their_insertion() {
    command_line_and_replica()
        .reads_in_two_steps()
        .without(&[Rule::EntryCountsFromRead])
        .violates(FRESH);
}

#[test]
fn writers_that_look_before_their_commit() {
    replica_and_newcomer().without(&[Rule::LookFollowsCommit]).violates(FRESH);
}

#[test]
fn newcomers_without_probation() {
    replica_and_newcomer().without(&[Rule::NewcomerWaits]).violates(FRESH);
}

#[test]
fn probation_that_counts_at_the_answer() {
    replica_and_newcomer().lease(2).without(&[Rule::ProbationCountsAtBegin]).violates(FRESH);
}

#[test]
fn polls_after_the_highest_id() {
    let writers = [command_line(SESSION), command_line(UNRELATED)];
    configuration(&[REPLICA], &writers).without(&[Rule::PollReadsUnpositioned]).violates(FRESH);
}

#[test]
fn removals_that_ignore_the_beat() {
    // Without failovers, the command line may look for replicas.
    let broken = [Rule::RemovalRequiresBeat, Rule::CommandLineAlwaysWaits];
    configuration(&[REMOVER, REPLICA], &[command_line(SESSION)])
        .removals(1, 1)
        .without(&broken)
        .violates(FRESH);
}

#[test]
fn waits_without_a_margin_for_drift() {
    command_line_and_replica().drift(1).without(&[Rule::DriftMargin]).violates(FRESH);
}

// The rules below are not in the list of the protocol, but just as necessary.

#[test]
fn leases_without_a_beat() {
    configuration(&[REMOVER, REPLICA], &[])
        .removals(1, 1)
        .without(&[Rule::LeaseRequiresBeat])
        .violates(LISTED);
}

#[test]
fn beats_that_repeat_after_a_registration() {
    configuration(&[REMOVER, REPLICA], &[])
        .removals(3, 1)
        .without(&[Rule::BeatsAreUnique])
        .violates(LISTED);
}

#[test]
fn beats_that_count_in_a_later_epoch() {
    configuration(&[REMOVER, REPLICA], &[])
        .removals(1, 2)
        .failover(Failover::LosesAll)
        .without(&[Rule::EpochForgetsBeats])
        .violates(LISTED);
}

#[test]
fn removals_without_a_margin_for_drift() {
    let mut configuration = configuration(&[REMOVER, REPLICA], &[]).drift(1).removals(1, 1);
    configuration.times.removal_delay -= 1;
    configuration.violates(LISTED);
}

#[test]
fn clearing_that_spares_reads_under_way() {
    command_line_and_replica()
        .reads_in_two_steps()
        .failover(Failover::LosesAll)
        .without(&[Rule::ClearReachesReads])
        .violates(SAME_HISTORY);
}

#[test]
fn repeated_changes_that_do_not_wait() {
    configuration(&[REPLICA], &[command_line(SESSION), command_line(Change::Repeated)])
        .without(&[Rule::RepeatedChangeWaits])
        .violates(FRESH);
}

#[test]
fn newcomers_without_probation_when_alone() {
    let mut configuration = replica_and_newcomer().without(&[Rule::LoneNewcomerWaits]);
    configuration.faults.stops = 1;
    configuration.violates(FRESH);
}

#[test]
fn acknowledgements_without_an_epoch() {
    let broken = [Rule::AcknowledgementNamesEpoch, Rule::CommandLineAlwaysWaits];
    configuration(&[OTHER, REPLICA], &[command_line(UNRELATED), command_line(SESSION)])
        .failover(Failover::LosesAll)
        .without(&broken)
        .violates(FRESH);
}

#[test]
fn a_command_line_that_believes_the_rows() {
    configuration(&[NEWCOMER], &[command_line(SESSION)])
        .failover(Failover::LosesAll)
        .without(&[Rule::CommandLineAlwaysWaits])
        .violates(FRESH);
}

fn lost_registration(broken: Rule) {
    replica_and_newcomer().failover(Failover::LosesAll).without(&[broken]).violates(FRESH);
}

#[test]
fn looks_that_ignore_the_epoch() {
    lost_registration(Rule::LookShowsEpoch);
}

#[test]
fn answers_that_do_not_wait_for_the_old_epoch() {
    lost_registration(Rule::EpochDelaysAnswers);
}

#[test]
fn missing_rows_that_count_as_acknowledged() {
    lost_registration(Rule::MissingRowsAreAwaited);
}

#[test]
fn first_epochs_that_count_as_old() {
    configuration(&[LATE_OTHER, NEWCOMER], &[replica(0, SESSION)])
        .failover(Failover::LosesAll)
        .without(&[Rule::FirstEpochIsNew])
        .violates(FRESH);
}
