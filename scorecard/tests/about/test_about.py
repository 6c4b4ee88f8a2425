"""What decisions and actions are about, in words and with its page."""

from planning.tests.consensus.cases import make_cycle, publish
from scorecard.about.about import About, AboutLine, line_of
from scorecard.about.choices import AboutKind
from scorecard.actions.choices import ConditionKind
from scorecard.actions.forms import conditions_about
from sop_site.access.roles import Role


def test_a_forecast_stays_the_same_thing_in_the_next_version_of_its_cycle(today, user_of):
    forecast = make_cycle()
    cycle, tops, planner = forecast.version.cycle, forecast.tops, user_of(Role.PLANNING_MEMBER)
    north = About(AboutKind.FORECAST_CELL, f"{cycle.pk}:{tops.pk}:North")
    everywhere = About(AboutKind.FORECAST_CELL, f"{cycle.pk}:{tops.pk}:")
    grid = f"/consensus/versions/{forecast.version.pk}/grid/?category={tops.pk}&door_group="
    assert line_of(north, planner) == AboutLine("Forecast of Apparel > Tops, North", f"{grid}North")
    assert line_of(everywhere, planner) == AboutLine("Forecast of Apparel > Tops", grid)
    publish(forecast.version, today)
    later = cycle.versions.create(
        number=2,
        first_week_start=forecast.version.first_week_start,
        weeks_of_months=forecast.version.weeks_of_months,
    )
    assert line_of(everywhere, planner) == AboutLine(
        "Forecast of Apparel > Tops",
        f"/consensus/versions/{later.pk}/grid/?category={tops.pk}&door_group=",
    )


def test_there_is_no_such_forecast(today, user_of):
    forecast = make_cycle()
    cycle, tops = forecast.version.cycle.pk, forecast.tops.pk
    for key in (
        "",
        "1",
        f"{cycle}:{tops}",
        f"{cycle}:{tops}:Mars",
        f"{cycle}:0:North",
        f"0:{tops}:North",
        "x:y:z",
    ):
        assert line_of(About(AboutKind.FORECAST_CELL, key), user_of(Role.EXECUTIVE)) is None


def test_an_action_on_a_forecast_may_wait_for_a_function_to_hand_in(today):
    cycle = make_cycle().version.cycle
    offered = conditions_about(About(AboutKind.FORECAST_CELL, f"{cycle.pk}:1:North"))
    assert [(condition.kind, condition.key, words) for condition, words in offered] == [
        (ConditionKind.FORECAST_SUBMITTED, f"{cycle.pk}:{layer}", f"{name} has handed in its forecast")
        for layer, name in (
            ("marketing", "Marketing"),
            ("planning", "Planning"),
            ("merchandising", "Merchandising"),
        )
    ]


def test_an_action_on_a_campaign_may_wait_until_none_of_its_flags_waits():
    offered = conditions_about(About(AboutKind.CAMPAIGN, "7"))
    words = "No flag of the campaign waits for a decision"
    assert [(found.kind, found.key, said) for found, said in offered] == [
        (ConditionKind.CAMPAIGN_CLEARED, "7", words)
    ]


def test_the_page_of_a_category_shows_what_was_agreed_about_it(today, client_of):
    forecast = make_cycle()
    grid = f"/consensus/versions/{forecast.version.pk}/grid/"
    client = client_of(Role.PLANNING_MEMBER)
    shown = client.get(grid, {"category": forecast.tops.pk}).text
    assert f"/agreed/forecast_cell/{forecast.version.cycle.pk}:{forecast.tops.pk}:/" in shown
    assert "/agreed/" not in client.get(grid).text
