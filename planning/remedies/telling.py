"""Who is told of a proposal that changes Marketing's plan, and of its answer."""

from collections.abc import Sequence

from django.urls import reverse

from planning.remedies.choices import RemedyKind, RemedyStatus
from planning.remedies.models import Remedy
from sop_site.access.models import User
from sop_site.access.queries import people_with_role
from sop_site.access.roles import Role
from sop_site.formats import short_date
from sop_site.notifications.choices import Kind
from sop_site.notifications.domain import notify
from sop_site.notifications.told import by_thing

ASKED: dict[str, str] = {
    RemedyKind.SHIFT: "to feature another SKU than",
    RemedyKind.REDUCE: "to expect less of",
}
ANSWERED: dict[str, str] = {
    RemedyStatus.IN_FORCE: "Marketing consents",
    RemedyStatus.DECLINED: "Marketing declines",
}


def tell_consent_asked(remedy: Remedy) -> None:
    """Tell the owner of the campaign and Marketing's head what Planning proposes."""
    flag = remedy.flag
    owner = [] if flag.campaign.owner is None else [flag.campaign.owner]
    until = (
        f"To be answered by {short_date(flag.decide_by_date)}. " if flag.decide_by_date is not None else ""
    )
    notify(
        kind=Kind.CONSENT_ASKED,
        to=[*owner, *people_with_role(Role.MARKETING_LEAD)],
        key=f"remedy:{remedy.pk}:proposed",
        title=f"Planning proposes {ASKED[remedy.kind]} {flag.product.sku} in {flag.campaign}",
        detail=f"{until}{remedy.proposed_by}: {remedy.reason}"[:500],
        url=f"{reverse('remedies:waiting')}#remedy-{remedy.pk}",
        by=remedy.proposed_by,
    )


def tell_answered(remedy: Remedy, by: User) -> None:
    """Tell who proposed a remedy how Marketing has answered."""
    flag = remedy.flag
    notify(
        kind=Kind.CONSENT_GIVEN,
        to=[remedy.proposed_by],
        key=f"remedy:{remedy.pk}:{remedy.status}",
        title=f"{ANSWERED[remedy.status]} {ASKED[remedy.kind]} {flag.product.sku} in {flag.campaign}",
        detail=remedy.settled_note[:500],
        url=flag.get_absolute_url(),
        by=by,
    )


def told_and_over(user: User, keys: Sequence[str]) -> set[str]:
    """Of the ``keys`` under which ``user`` was told, those of proposals that wait for no answer any more."""
    told = by_thing(keys, "remedy")
    stages = dict(Remedy.objects.filter(pk__in=told).values_list("pk", "status"))
    return {
        one.key
        for pk, of_remedy in told.items()
        for one in of_remedy
        if one.parts == (RemedyStatus.PROPOSED,) and stages.get(pk) != RemedyStatus.PROPOSED
    }
