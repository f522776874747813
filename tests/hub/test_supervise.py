import pytest

from contract.clock import rfc3339
from contract.messages import NodeStatus, Trouble
from hub.faults import SILENT_S, Fault
from hub.supervise import AGAIN_S, STUCK_S, Board, Nodes
from tests.hub.make import START, at, health


def watched() -> Nodes:
    return Nodes(["cot"], START.mono_s)


def live(
    nodes: Nodes, now: float, frame_age_s: float = 0.0, *, dropped: int = 0, waiting: int = 0
) -> None:
    moment = at(now)
    sign = health(now, frame_age_s=frame_age_s, dropped_windows=dropped, outbox_depth=waiting)
    nodes.alive("cot", sign, now_s=moment.mono_s, wall_s=moment.wall_s)


def names(nodes: Nodes, now: float) -> list[str]:
    return [fault.trouble for fault in nodes.faults(*at(now))]


@pytest.mark.parametrize(
    ("trouble", "hears"),
    [
        ("microphone_mute", False),
        ("microphone_faint", False),
        ("microphone_rate", False),
        ("microphone_missing", False),
        ("microphone_clips", True),
        ("cannot_store", True),
    ],
)
def test_node_whose_microphone_cannot_be_believed_does_not_hear(trouble: str, hears: bool) -> None:
    nodes = watched()
    live(nodes, 1.0)
    told = Trouble(id=trouble, since="2026-01-31T12:00:00Z")
    nodes.told("cot", NodeStatus(state="online", troubles=(told,)), at(1.0).mono_s)
    assert nodes.hears("cot", at(2.0).mono_s) is hears


def test_node_that_lives_and_hears_has_no_trouble() -> None:
    nodes = watched()
    live(nodes, 1.0)
    assert (names(nodes, 2.0), nodes.hears("cot", at(2.0).mono_s)) == ([], True)


def test_node_that_never_came_is_silent_after_fifteen_seconds_and_never_heard() -> None:
    nodes = watched()
    assert (names(nodes, SILENT_S), nodes.hears("cot", at(1.0).mono_s)) == ([], False)
    assert names(nodes, SILENT_S + 0.1) == ["node_silent"]


def test_node_that_stops_its_signs_of_life_is_silent() -> None:
    nodes = watched()
    live(nodes, 100.0)
    assert names(nodes, 100.0 + SILENT_S) == []
    assert names(nodes, 100.1 + SILENT_S) == ["node_silent"]
    assert not nodes.hears("cot", at(100.1 + SILENT_S).mono_s)


def test_last_will_tells_at_once() -> None:
    nodes = watched()
    live(nodes, 1.0)
    nodes.told("cot", NodeStatus(state="offline"), at(2.0).mono_s)
    assert (names(nodes, 2.0), nodes.hears("cot", at(2.0).mono_s)) == (["node_offline"], False)


def test_sign_of_life_after_a_last_will_clears_it() -> None:
    nodes = watched()
    nodes.told("cot", NodeStatus(state="offline"), at(2.0).mono_s)
    live(nodes, 3.0)
    assert (names(nodes, 3.1), nodes.hears("cot", at(3.1).mono_s)) == ([], True)


def test_node_without_audio_does_not_hear() -> None:
    nodes = watched()
    live(nodes, 1.0, frame_age_s=SILENT_S + 1.0)
    assert (names(nodes, 1.1), nodes.hears("cot", at(1.1).mono_s)) == (["no_audio"], False)


def test_nodes_own_troubles_are_passed_on_with_their_time() -> None:
    nodes = watched()
    live(nodes, 1.0)
    trouble = Trouble(id="clipping", since=rfc3339(START.wall_s - 60.0), detail="too loud")
    nodes.told("cot", NodeStatus(state="online", troubles=(trouble,)), at(1.0).mono_s)
    assert nodes.faults(*at(1.1)) == [
        Fault(trouble="clipping", subject="cot", detail="too loud", since_s=START.wall_s - 60.0)
    ]


@pytest.mark.parametrize("since_s", [0.0, START.wall_s + 3600.0])
def test_time_of_a_node_that_cannot_be_right_is_not_believed(since_s: float) -> None:
    nodes = watched()
    live(nodes, 1.0)
    trouble = Trouble(id="clipping", since=rfc3339(since_s))
    nodes.told("cot", NodeStatus(state="online", troubles=(trouble,)), at(1.0).mono_s)
    assert [fault.since_s for fault in nodes.faults(*at(1.1))] == [None]


def test_node_that_cannot_be_judged_hides_no_other_and_is_told() -> None:
    nodes = Nodes(["cot", "oven"], START.mono_s)
    live(nodes, 1.0)
    trouble = Trouble(id="clipping", since="2026-02-31T00:00:00Z")
    nodes.told("cot", NodeStatus(state="online", troubles=(trouble,)), at(1.0).mono_s)
    nodes.told("oven", NodeStatus(state="offline"), at(1.0).mono_s)
    assert names(nodes, 1.1) == ["hub_failed", "node_offline"]


def test_node_that_leaves_sound_out_is_overloaded_until_it_has_kept_up_for_a_while() -> None:
    nodes = watched()
    live(nodes, 1.0, dropped=7)
    assert names(nodes, 1.1) == []
    live(nodes, 6.0, dropped=8)
    assert names(nodes, 6.1) == ["node_overloaded"]
    live(nodes, 30.0, dropped=8)
    assert names(nodes, 30.1) == ["node_overloaded"]
    live(nodes, 35.0, dropped=8)
    assert names(nodes, 6.0 + STUCK_S) == []


def test_events_that_wait_while_none_comes_are_stuck() -> None:
    nodes = watched()
    for now in (1.0, 11.0, 21.0, 31.0):
        live(nodes, now, waiting=3)
        assert names(nodes, now) == []
    assert names(nodes, 31.1) == ["events_stuck"]
    nodes.heard("cot")
    live(nodes, 32.0, waiting=2)
    assert names(nodes, 32.1) == []


def test_events_that_waited_through_an_outage_have_time_to_come() -> None:
    nodes = watched()
    live(nodes, 1.0, waiting=1)
    live(nodes, 300.0, waiting=20)
    assert names(nodes, 300.1) == []


def test_empty_outbox_is_never_stuck() -> None:
    nodes = watched()
    for now in (1.0, 2.0, 12.0, 22.0, 32.0, 42.0):
        live(nodes, now, waiting=int(now < 2.0))
    assert names(nodes, 42.1) == []


def test_nodes_get_time_to_speak_after_the_broker_was_away() -> None:
    nodes = watched()
    live(nodes, 1.0)
    nodes.give_time(at(300.0).mono_s)
    assert names(nodes, 300.0 + SILENT_S) == []
    assert not nodes.hears("cot", at(300.0).mono_s)
    assert names(nodes, 300.1 + SILENT_S) == ["node_silent"]


def fault(detail: str = "") -> Fault:
    return Fault(trouble="no_audio", subject="cot", detail=detail)


def told(board: Board, now: float, *faults: Fault) -> int:
    moment = at(now)
    return len(board.update(faults, now_s=moment.mono_s, wall_s=moment.wall_s).broken)


def test_trouble_is_told_once_and_again_after_four_hours() -> None:
    board = Board()
    assert told(board, 0.0, fault()) == 1
    assert told(board, AGAIN_S - 1.0, fault("other words")) == 0
    assert told(board, AGAIN_S, fault()) == 1
    assert [trouble.since_s for trouble in board.all()] == [at(0.0).wall_s]


def test_one_cause_is_one_trouble() -> None:
    board = Board()
    assert told(board, 0.0, fault("seen by the hub"), fault("said by the node")) == 1
    assert [trouble.fault.detail for trouble in board.all()] == ["seen by the hub"]


def test_trouble_clears_itself_and_is_told_anew_when_it_returns() -> None:
    board = Board()
    told(board, 0.0, fault())
    assert (told(board, 1.0), board.all()) == (0, [])
    assert told(board, 2.0, fault()) == 1


def test_end_of_a_trouble_is_told_once() -> None:
    board = Board()
    told(board, 0.0, fault())
    ends = [board.update((), now_s=at(now).mono_s, wall_s=at(now).wall_s) for now in (1.0, 2.0)]
    assert [[trouble.fault for trouble in end.mended] for end in ends] == [[fault()], []]
