"""Lists of action items, one of them, and what people do with them."""

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scorecard.about.about import About, line_of
from scorecard.about.choices import AboutKind
from scorecard.actions import domain
from scorecard.actions.domain import ChangedMeanwhile, Changes
from scorecard.actions.filters import ActionFilter
from scorecard.actions.forms import ActionForm, BlockersForm, BulkForm, ChangeForm, CommentForm, MoveForm
from scorecard.actions.models import Action
from scorecard.actions.queries import Which, action_page, actions_in, counts, first_with_some
from scorecard.actions.tables import ActionTable
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.clock import today
from sop_site.formats import short_date
from sop_site.forms import own_path
from sop_site.history.queries import entries_of
from sop_site.tables import sorted_and_paged
from sop_site.working_days import is_working_day

ACTIONS_A_PAGE = 50


@require_safe
@may("sop_site.view")
def actions(request: SignedInRequest) -> HttpResponse:
    """A list of actions: without ``of`` one's own, or what of the next lists is not empty."""
    return _list(request)


@require_http_methods(["GET", "HEAD", "POST"])
@may("scorecard.work_on_actions")
def new(request: SignedInRequest) -> HttpResponse:
    """Give an action; about what the address names."""
    about, day = _about_asked(request), today()
    form = ActionForm(request.POST or None, about=about, today=day)
    if request.method == "POST" and form.is_valid():
        try:
            action = domain.give_action(by=request.user, about=about, **form.facts())
        except NotNow as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{action.owner} is asked to do it.{_free_day_words(action.due_on)}")
            return redirect(_back(request) or action.get_absolute_url())
    context = {"form": form, "about": line_of(about, request.user), "back": _back(request)}
    return render(request, "scorecard/actions/new.html", context)


@require_safe
@may("sop_site.view")
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One action with what was said of it."""
    return _page(request, _action(pk))


@require_POST
@may("scorecard.work_on_actions")
def begin(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its owner sets to work."""
    action = _action(pk)
    return _done(request, action, lambda: domain.begin_action(action=action, by=request.user), "Under way.")


@require_POST
@may("scorecard.work_on_actions")
def finish(request: SignedInRequest, pk: int) -> HttpResponse:
    """It is done."""
    return _move(request, pk, "finish", domain.finish_action, "Done.")


@require_POST
@may("scorecard.work_on_actions")
def drop(request: SignedInRequest, pk: int) -> HttpResponse:
    """Nobody has to do it any more."""
    return _move(request, pk, "drop", domain.drop_action, "Dropped.")


@require_POST
@may("scorecard.work_on_actions")
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """It was not done after all."""
    return _move(request, pk, "reopen", domain.reopen_action, "Open again.")


@require_POST
@may("scorecard.work_on_actions")
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Another owner, date, priority or wording."""
    action = _action(pk)
    form = ChangeForm(request.POST, action=action, today=today())
    if not form.is_valid():
        return _page(request, action, change_form=form)
    changes = form.changes
    said = f"Changed.{_free_day_words(changes.due_on)}" if changes != Changes() else "Nothing was changed."
    try:
        return _done(
            request,
            action,
            lambda: domain.change_action(action=action, by=request.user, changes=changes, seen=form.seen),
            said,
            change_form=form,
        )
    except ChangedMeanwhile as refusal:
        current = _action(pk)
        return _page(request, current, change_form=form.over(current, refusal.sentences))


@require_POST
@may("scorecard.work_on_actions")
def blockers(request: SignedInRequest, pk: int) -> HttpResponse:
    """What it waits for."""
    action = _action(pk)
    form = BlockersForm(request.POST, action=action)
    if not form.is_valid():
        return _page(request, action, blockers_form=form)
    blocked_by = list(form.cleaned_data["blocked_by"])
    return _done(
        request,
        action,
        lambda: domain.set_blockers(action=action, by=request.user, blocked_by=blocked_by, seen=form.seen),
        "Changed.",
        blockers_form=form,
    )


@require_POST
@may("scorecard.work_on_actions")
def comment(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say something on it."""
    action = _action(pk)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _page(request, action, comment_form=form)
    domain.comment(action=action, by=request.user, text=form.cleaned_data["text"])
    return redirect(action.get_absolute_url() + "#comments")


@require_http_methods(["GET", "HEAD", "POST"])
@may("scorecard.work_on_actions")
def bulk(request: SignedInRequest) -> HttpResponse:
    """The same for several actions at once; where one cannot, none is changed.

    A list that came back with a reason leads on from this address: sorted, or its next page.
    """
    if request.method != "POST":
        return redirect(f"{reverse('actions:list')}?{request.GET.urlencode()}")
    form = BulkForm(request.POST, today=today())
    if form.is_valid():
        chosen = list(form.cleaned_data["actions"])
        wanted = {name: form.cleaned_data[name] for name in ("owner", "due_on", "priority")}
        finish = form.cleaned_data["finish"]
        if not finish and not any(wanted.values()):
            form.add_error(None, "Say what is to change.")
        else:
            try:
                domain.change_many(actions=chosen, by=request.user, changes=Changes(**wanted), finish=finish)
            except NotNow as refusal:
                form.add_error(None, f"Nothing was changed. {refusal}")
            else:
                count = f"{len(chosen)} action{'' if len(chosen) == 1 else 's'}"
                messages.success(request, f"Changed {count}.{_free_day_words(wanted['due_on'])}")
                return redirect(_back(request) or "actions:list")
    return _list(request, form)


def _list(request: SignedInRequest, form: BulkForm | None = None) -> HttpResponse:
    day, asked = today(), request.GET.get("of", "")
    numbers = counts(request.user, day)
    which = Which(asked) if asked in Which.values else first_with_some(numbers)
    shown = ActionFilter(request.GET, queryset=actions_in(which, request.user, day))
    may_work = request.user.has_perm("scorecard.work_on_actions") and which != Which.CLOSED
    table = ActionTable(shown.qs, which=which, user=request.user, day=day, may_choose=may_work)
    context = {
        "which": which,
        "lists": [(each, numbers.get(each)) for each in Which],
        "filter": shown,
        "table": sorted_and_paged(request, table, rows_a_page=ACTIONS_A_PAGE),
        "form": form or BulkForm(today=day),
        "chosen": set(request.POST.getlist("actions")),
        "may_work": may_work,
    }
    return render(request, "scorecard/actions/list.html", context)


def _page(
    request: SignedInRequest,
    action: Action,
    *,
    move_form: MoveForm | None = None,
    change_form: ChangeForm | None = None,
    blockers_form: BlockersForm | None = None,
    comment_form: CommentForm | None = None,
) -> HttpResponse:
    """The page; forms that were filled in wrongly stand on it as they came."""
    page = action_page(action, request.user, today())
    may_change = page.row.is_open and page.row.may_work
    forms = {name: MoveForm(move=name) for name, _ in page.moves if name != "begin"}
    unsaid = ""
    if move_form is not None and move_form.move in forms:
        forms[move_form.move] = move_form
    elif move_form is not None:
        # Somebody else has moved it meanwhile: what was typed may still be said.
        unsaid = move_form["note"].value()
    context = {
        "page": page,
        "action": action,
        "comments": action.comments.select_related("by"),
        "entries": entries_of(action),
        "change_form": (change_form or ChangeForm(action=action, today=today())) if may_change else None,
        "blockers_form": (blockers_form or BlockersForm(action=action)) if may_change else None,
        "moves": [(name, label, forms.get(name)) for name, label in page.moves],
        "comment_form": comment_form or CommentForm(initial={"text": unsaid}),
        "may_comment": request.user.has_perm("scorecard.work_on_actions"),
    }
    return render(request, "scorecard/actions/detail.html", context)


def _move(
    request: SignedInRequest, pk: int, name: str, act: Callable[..., Action], said: str
) -> HttpResponse:
    """Take a step with a note beside it."""
    action, form = _action(pk), MoveForm(request.POST, move=name)
    if not form.is_valid():
        domain.refuse_outsider(action=action, step=name, by=request.user)
        # It stands far down the page of a phone, and may be long.
        form.fields["note"].widget.attrs.update(autofocus=True, rows=8)
        return _page(request, action, move_form=form)
    note = form.cleaned_data["note"]
    return _done(
        request, action, lambda: act(action=action, by=request.user, note=note), said, move_form=form
    )


def _done(
    request: SignedInRequest, action: Action, act: Callable[[], object], said: str, **forms: object
) -> HttpResponse:
    """Do it and say so, or say why not with what was typed still there."""
    try:
        act()
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return _page(request, _action(action.pk), **forms)  # type: ignore[arg-type]
    messages.success(request, said)
    return redirect(_back(request) or action.get_absolute_url())


def _free_day_words(due_on: date | None) -> str:
    """A day on which nobody works is taken, but not without a word; "" of any other."""
    return "" if due_on is None or is_working_day(due_on) else f" {short_date(due_on)} is no working day."


def _action(pk: int) -> Action:
    return get_object_or_404(Action.objects.select_related("owner", "given_by", "closed_by"), pk=pk)


def _about_asked(request: SignedInRequest) -> About:
    """What the address says that the action is about; 404 where there is no such thing."""
    about = About.asked(request.GET.get("kind", ""), request.GET.get("key", ""))
    if about.kind != AboutKind.NOTHING and line_of(about, request.user) is None:
        raise Http404("There is no such thing.")
    return about if about.kind != AboutKind.NOTHING else About()


def _back(request: SignedInRequest) -> str:
    """The page of this site from which the person came, where the form says so."""
    return own_path(request.POST.get("back") or request.GET.get("back") or "")
