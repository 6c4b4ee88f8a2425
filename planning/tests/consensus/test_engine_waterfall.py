"""From total to total, and what contributed most, by example."""

from planning.consensus.engine import Contribution, Step, bridge, waterfall


def test_each_step_leads_from_the_total_before_it_to_its_own():
    assert waterfall([("Statistical", 100.0), ("Marketing", 130.0), ("Consensus", 90.0)]) == [
        Step("Statistical", start=0.0, change=100.0, end=100.0),
        Step("Marketing", start=100.0, change=30.0, end=130.0),
        Step("Consensus", start=130.0, change=-40.0, end=90.0),
    ]


def test_totals_of_one_name_stay_apart_and_none_make_no_steps():
    assert [step.end for step in waterfall([("Total", 1.0), ("Total", 2.0)])] == [1.0, 2.0]
    assert waterfall([]) == []


def test_the_largest_changes_come_first_up_or_down_and_the_rest_last():
    before = {"coats": 100.0, "shoes": 50.0, "hats": 10.0, "socks": 20.0, "bags": 7.0}
    after = {"coats": 60.0, "shoes": 75.0, "hats": 13.0, "socks": 15.0, "bags": 7.0}

    assert bridge(before, after, 2) == [
        Contribution("coats", -40.0),
        Contribution("shoes", 25.0),
        Contribution(None, -2.0, keys=2),
    ]


def test_what_is_new_comes_from_nothing_and_what_is_gone_goes_there():
    assert bridge({"gone": 30.0, "kept": 5.0}, {"kept": 6.0, "new": 40.0}, 3) == [
        Contribution("new", 40.0),
        Contribution("gone", -30.0),
        Contribution("kept", 1.0),
    ]


def test_what_did_not_change_is_not_told():
    assert bridge({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}, 5) == []
    assert bridge({}, {}, 5) == []
    assert bridge({"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 3.0}, 1) == [Contribution("b", 1.0)]


def test_a_rest_whose_changes_cancel_out_is_still_told():
    assert bridge({}, {"a": 9.0, "b": 2.0, "c": -2.0}, 1) == [
        Contribution("a", 9.0),
        Contribution(None, 0.0, keys=2),
    ]


def test_with_none_to_be_named_all_is_the_rest():
    assert bridge({"a": 1.0}, {"a": 4.0, "b": 2.0}, 0) == [Contribution(None, 5.0, keys=2)]


def test_equal_changes_stand_in_the_order_of_their_names():
    assert [found.key for found in bridge({}, {"c": 1.0, "a": -1.0, "b": 1.0}, 3)] == ["a", "b", "c"]
