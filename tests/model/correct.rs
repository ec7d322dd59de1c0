//! The correct protocol has no violation. Each configuration focuses on one danger.

use crate::configuration::{Change, Failover, Losses, Reached};
use crate::rules::Rule;
use crate::setup::{NEWCOMER, OTHER, REMOVER, REPLICA, command_line, configuration, replica};

const SESSION: Change = Change::Session;
const UNRELATED: Change = Change::Unrelated;
const REPEATED: Change = Change::Repeated;

#[test]
fn the_command_line_waits_for_leases() {
    configuration(&[REPLICA], &[command_line(SESSION), command_line(UNRELATED)])
        .lease(2)
        .reads_in_two_steps()
        .holds_and_reaches(&[Reached::Hit, Reached::AnswerByLeaseEnd]);
}

/// Without failovers, the command line could look for replicas and trust their acknowledgements.
#[test]
fn acknowledgements_cover_commits_out_of_order() {
    configuration(&[OTHER, REPLICA], &[command_line(SESSION), command_line(UNRELATED)])
        .without(&[Rule::CommandLineAlwaysWaits])
        .reads_in_two_steps()
        .holds_and_reaches(&[
            Reached::Hit,
            Reached::AnswerByAcknowledgement,
            Reached::AnswerByLeaseEnd,
        ]);
}

#[test]
fn a_replica_waits_for_another() {
    configuration(&[OTHER, REPLICA], &[replica(0, SESSION)]).lease(2).holds_and_reaches(&[
        Reached::Hit,
        Reached::AnswerByAcknowledgement,
        Reached::AnswerByLeaseEnd,
    ]);
}

#[test]
fn a_replica_without_others_answers_at_once() {
    configuration(&[REPLICA], &[replica(0, SESSION)])
        .lease(2)
        .reads_in_two_steps()
        .holds_and_reaches(&[Reached::Hit, Reached::AnswerWithoutOthers]);
}

#[test]
fn two_replicas_cache_while_one_writes() {
    configuration(&[REPLICA, REPLICA], &[replica(0, SESSION)]).holds_and_reaches(&[
        Reached::Hit,
        Reached::AnswerByAcknowledgement,
        Reached::AnswerByLeaseEnd,
    ]);
}

#[test]
fn two_changes_of_the_session_overlap() {
    configuration(&[REPLICA], &[command_line(SESSION), command_line(SESSION)])
        .holds_and_reaches(&[Reached::Hit, Reached::AnswerByLeaseEnd]);
}

#[test]
fn a_repeated_change_waits_like_the_first() {
    configuration(&[OTHER, REPLICA], &[command_line(SESSION), replica(0, REPEATED)])
        .holds_and_reaches(&[
            Reached::Hit,
            Reached::AnswerByAcknowledgement,
            Reached::AnswerByLeaseEnd,
        ]);
}

#[test]
fn a_newcomer_is_unknown_to_the_writer() {
    configuration(&[OTHER, NEWCOMER], &[replica(0, SESSION)]).lease(2).holds_and_reaches(&[
        Reached::Hit,
        Reached::AnswerByAcknowledgement,
        Reached::AnswerByLeaseEnd,
        Reached::AnswerWithoutOthers,
    ]);
}

#[test]
fn a_writer_stops_while_a_newcomer_starts() {
    let mut configuration = configuration(&[OTHER, NEWCOMER], &[replica(0, SESSION)]);
    configuration.faults.stops = 1;
    configuration.holds_and_reaches(&[Reached::Hit, Reached::AnswerWithoutOthers]);
}

#[test]
fn replicas_crash_and_messages_are_lost() {
    let mut configuration = configuration(&[OTHER, REPLICA], &[replica(0, SESSION)]);
    configuration.faults.crashes = 1;
    configuration.faults.losses = Losses::Possible;
    configuration.holds_and_reaches(&[Reached::Hit, Reached::AnswerByAcknowledgement]);
}

#[test]
fn clocks_drift_while_the_command_line_waits() {
    configuration(&[REPLICA], &[command_line(SESSION)])
        .lease(2)
        .drift(1)
        .reads_in_two_steps()
        .holds_and_reaches(&[Reached::Hit, Reached::AnswerByLeaseEnd]);
}

#[test]
fn replicas_are_removed_only_without_a_lease() {
    configuration(&[REMOVER, REPLICA], &[]).removals(3, 1).holds_and_reaches(&[]);
}

#[test]
fn clocks_drift_while_a_replica_is_removed() {
    configuration(&[REMOVER, REPLICA], &[]).drift(1).removals(1, 1).holds_and_reaches(&[]);
}

#[test]
fn a_failover_loses_beats() {
    configuration(&[REMOVER, REPLICA], &[])
        .removals(1, 2)
        .failover(Failover::LosesAll)
        .holds_and_reaches(&[]);
}

#[test]
fn a_failover_loses_a_registration_that_the_command_line_needs() {
    configuration(&[NEWCOMER], &[command_line(SESSION)])
        .failover(Failover::LosesNewest)
        .holds_and_reaches(&[Reached::Hit, Reached::AnswerByLeaseEnd]);
}

#[test]
fn a_failover_loses_a_change() {
    configuration(&[REPLICA], &[command_line(SESSION), command_line(SESSION)])
        .failover(Failover::LosesAll)
        .holds_and_reaches(&[Reached::Hit, Reached::AnswerByLeaseEnd]);
}

/// No row of a replica is lost here, so that the command line may look.
#[test]
fn a_failover_loses_acknowledged_positions() {
    configuration(&[OTHER, REPLICA], &[command_line(UNRELATED), command_line(SESSION)])
        .without(&[Rule::CommandLineAlwaysWaits])
        .failover(Failover::LosesAll)
        .holds_and_reaches(&[Reached::Hit, Reached::AnswerByAcknowledgement]);
}

#[test]
fn a_failover_loses_a_registration_that_a_replica_needs() {
    configuration(&[OTHER, NEWCOMER], &[replica(0, SESSION)])
        .failover(Failover::LosesAll)
        .holds_and_reaches(&[Reached::Hit, Reached::AnswerWithoutOthers]);
}
