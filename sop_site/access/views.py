"""Signing in and out, people, and the table of roles."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sop_site.access import domain
from sop_site.access.forms import NewPersonForm, PersonForm
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, SignedInRequest, may
from sop_site.access.roles import ACTIONS, Role

DEMO_SENTENCES = {
    Role.MARKETING_MEMBER: "Plans campaigns and submits them.",
    Role.MARKETING_LEAD: "Leads Marketing; co-signs large risks.",
    Role.PLANNING_MEMBER: "Decides flags and approves campaigns.",
    Role.PLANNING_LEAD: "Leads Planning; signs for large risks.",
    Role.MERCHANDISING_MEMBER: "Keeps the catalogue right.",
    Role.MERCHANDISING_LEAD: "Leads Merchandising.",
    Role.EXECUTIVE: "Sees everything, changes nothing here.",
    Role.ADMINISTRATOR: "Manages people and their roles.",
}


class SignIn(auth_views.LoginView):
    """Sign in by name and password; in the demo, by one button a role."""

    template_name = "access/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs):
        demo_roles = [(role.value, role.label, DEMO_SENTENCES[role]) for role in Role]
        return super().get_context_data(demo_roles=demo_roles if settings.DEMO_MODE else [], **kwargs)


answers_form = require_http_methods(["GET", "HEAD", "POST"])

sign_in = login_not_required(answers_form(SignIn.as_view()))
sign_out = require_POST(auth_views.LogoutView.as_view(next_page="access:sign_in"))
password = answers_form(
    auth_views.PasswordChangeView.as_view(
        template_name="sop_site/access/password.html", success_url=reverse_lazy("home")
    )
)


@login_not_required
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as the demo's first person of a role; outside demo mode this page does not exist."""
    if not settings.DEMO_MODE:
        raise Http404
    people = User.objects.filter(is_active=True, role_assignment__group__name=request.POST.get("role", ""))
    user = people.order_by("pk").first()
    if user is None:
        raise Http404("The demo has nobody in that role.")
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("home")


@require_safe
@may("sop_site.manage_people")
def people(request: SignedInRequest) -> HttpResponse:
    """Everyone who may sign in, and those who no longer may."""
    everyone = User.objects.select_related("role_assignment__group").order_by(
        "-is_active", "first_name", "last_name"
    )
    return render(request, "sop_site/access/people.html", {"people": everyone})


@answers_form
@may("sop_site.manage_people")
@sensitive_post_parameters("password")
def person_new(request: SignedInRequest) -> HttpResponse:
    """Add a person."""
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = domain.add_person(
            user=form.save(commit=False),
            role=form.chosen_role,
            password=form.cleaned_data["password"],
            by=request.user,
        )
        messages.success(request, f"{user} can sign in now.")
        return redirect("access:people")
    return render(request, "sop_site/access/person.html", {"form": form, "person": None})


@answers_form
@may("sop_site.manage_people")
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a person's facts and role."""
    user = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        try:
            domain.change_person(user=form.save(commit=False), role=form.chosen_role, by=request.user)
        except NotNow as reason:
            form.add_error("role", str(reason))
        else:
            messages.success(request, f"{user} is saved.")
            return redirect("access:people")
    return render(request, "sop_site/access/person.html", {"form": form, "person": user})


@require_safe
@may("sop_site.view")
def roles(request: SignedInRequest) -> HttpResponse:
    """Who may do what, as the code has it."""
    table = [(action, [role in action.roles for role in Role]) for action in ACTIONS]
    return render(request, "sop_site/access/roles.html", {"roles": list(Role), "table": table})
