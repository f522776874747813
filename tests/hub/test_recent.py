from hub.recent import Recent


def test_oldest_id_is_forgotten() -> None:
    recent = Recent(2)
    for new_id in ("a", "b", "a", "c"):
        recent.add(new_id, 0.0)
    assert [each in recent for each in "abc"] == [True, False, True]


def test_time_of_an_id_is_the_last_that_was_told() -> None:
    recent = Recent(2)
    recent.add("a", 1.0)
    recent.add("a", 3.0)
    assert (recent.at_s("a"), recent.at_s("b")) == (3.0, None)
