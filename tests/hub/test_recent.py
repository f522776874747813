from hub.recent import Recent


def test_oldest_id_is_forgotten() -> None:
    recent = Recent(2)
    for new_id in ("a", "b", "a", "c"):
        recent.add(new_id)
    assert [each in recent for each in "abc"] == [True, False, True]
