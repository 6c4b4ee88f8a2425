"""Suggestions in words."""

from dataclasses import replace

import pytest

from marketing.catalogue.models import Door
from marketing.lift.choices import Borrowed, LiftPart
from marketing.lift.suggestion import PartOfLift
from marketing.lift.words import PartInWords, borrowed_sentence, parts_in_words, suggestion_sentence
from marketing.tests.lift.suggested import planned, suggested


@pytest.mark.parametrize(
    ("p50", "event_count", "sentence"),
    [
        (2.4, 38, "2.4× the baseline, between 1.6 and 4.1; from 38 past promotions like this one"),
        (1.2, 1, "1.20× the baseline, between 0.80 and 2.04; from 1 past promotion like this one"),
        (3.0, 1200, "3.0× the baseline, between 2.0 and 5.1; from 1,200 past promotions like this one"),
    ],
)
def test_a_suggestion_is_one_sentence(p50, event_count, sentence):
    assert suggestion_sentence(suggested(p50, event_count=event_count)) == sentence


@pytest.mark.parametrize(
    ("borrowed", "lender", "sentence"),
    [
        (Borrowed.OWN, "", ""),
        (
            Borrowed.LIKE_ITEM,
            "CREW-1 Crew",
            "Borrowed from CREW-1 Crew, its like item: it has no promotions of its own.",
        ),
        (Borrowed.SUBCLASS, "Tees", "Borrowed from Tees, its subclass: it has no promotions of its own."),
        (Borrowed.RETAILER, "", "Borrowed from all SKUs: it has no promotions of its own."),
    ],
)
def test_what_is_borrowed_says_from_whom(borrowed, lender, sentence):
    assert borrowed_sentence(suggested(borrowed=borrowed, borrowed_from=lender)) == sentence


def test_each_part_says_what_it_stands_for():
    every = replace(suggested(), parts=tuple(PartOfLift(part, 1.25) for part in LiftPart))
    promotion = planned(Door(), Door(), days=10)
    assert parts_in_words(every, promotion, 0.25) == [
        PartInWords("Mechanic", "1.25", "what Social promotions usually do"),
        PartInWords("Discount depth", "1.25", "at 25% off"),
        PartInWords("This SKU", "1.25", "how this SKU answers, against others"),
        PartInWords("Chosen doors", "1.25", "how the 2 chosen doors answer, against all"),
        PartInWords("Length", "1.25", "over 10 days"),
        PartInWords("Season", "1.25", "at this time of the year"),
    ]


def test_an_unknown_depth_and_a_borrowed_sku_say_so():
    lent = suggested(borrowed=Borrowed.SUBCLASS, borrowed_from="Tees")
    lent = replace(lent, parts=(PartOfLift(LiftPart.DISCOUNT, 1.1), PartOfLift(LiftPart.SKU, 0.9)))
    assert [part.meaning for part in parts_in_words(lent, planned(), None)] == [
        "at the depth that such promotions usually have",
        "how those it borrows from answer, against others",
    ]
