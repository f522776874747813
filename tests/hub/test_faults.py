import pytest

from hub.faults import FLOOD_S, SILENT_S, flood_faults, hub_faults, lamp_faults, stranger_faults


def test_node_that_floods_is_in_trouble_for_a_minute() -> None:
    assert [f.subject for f in flood_faults({"cot": 5.0}, 6.0)] == ["cot"]
    assert flood_faults({"cot": 5.0}, 5.0 + FLOOD_S) == []


def test_node_that_belongs_to_no_room_is_in_trouble_while_it_speaks() -> None:
    (fault,) = stranger_faults({"attic": 5.0}, 6.0)
    assert (fault.trouble, fault.subject) == ("node_unknown", "attic")
    assert "nothing that it hears is alerted" in fault.detail
    assert stranger_faults({"attic": 5.0}, 5.0 + SILENT_S) == []


def test_silent_lamp_is_named() -> None:
    assert [(f.trouble, f.subject) for f in lamp_faults({"hall": ""})] == [("lamp_silent", "hall")]


@pytest.mark.parametrize(
    ("history", "wrong", "names"),
    [
        ("", "", []),
        ("disk is full", "", ["history_not_stored"]),
        ("", "broker", ["broker_away"]),
        ("", "rights", ["broker_refuses"]),
        ("", "overload", ["hub_overloaded"]),
        ("", "fault", ["hub_failed"]),
    ],
)
def test_troubles_of_the_hub_itself(history: str, wrong: str, names: list[str]) -> None:
    found = hub_faults(
        history=history,
        broker_away=wrong == "broker",
        refused=["soribit/v1/node/+/event"] if wrong == "rights" else [],
        overloaded=wrong == "overload",
        failed=wrong == "fault",
    )
    assert [f.trouble for f in found] == names
