"""The pre-read as a PDF: the content of the review in words, set by typst."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from scorecard.measures.charts import Spark, TrendChart
from scorecard.measures.wording import NO_DATA
from scorecard.outcomes.card import Verdict
from scorecard.outcomes.losses import Money, MoneyKind
from scorecard.reviews.content import PICTURED, ReviewContent, ReviewRow
from scorecard.reviews.models import ReviewDecision
from scorecard.reviews.moves import Move
from scorecard.reviews.proposals import ProposedModel
from sop_site.formats import day_range, money_full, short_date_year
from sop_site.paper.setting import set_paper

LAYOUT: Final = Path(__file__).with_name("pre_read.typ")
LEAD: Final = "One outcome, owned together."
# What a word is set in; the word itself always says it too.
DIRECTION_TONES: Final = {"better": "good", "worse": "bad"}
VERDICT_TONES: Final = {Verdict.GOOD: "good", Verdict.BAD: "bad"}


def pre_read_pdf(content: ReviewContent, at: datetime) -> bytes:
    """The file, as of ``at``. Raises typst.TypstError where it cannot be set."""
    return set_paper(LAYOUT, pre_read_words(content, at), at)


def pre_read_words(content: ReviewContent, at: datetime) -> dict[str, Any]:
    """All that the layout sets: texts, lists of them, and pictures as SVG."""
    period = content.period
    return {
        "kicker": f"Quarterly review · {content.status} · {content.coverage}",
        "title": f"{period.label}: what came of it",
        "lead": " ".join(
            filter(None, (f"{day_range(period.start, period.end, with_year=True)}.", LEAD, content.holes))
        ),
        "footer": f"Bridge · {period.label} · as of {timezone.localtime(at):%-d %b %Y, %H:%M}",
        "quarter": period.label,
        "before": content.before,
        "summary": content.review.summary,
        "moves": [_move(move) for move in content.moves],
        "no_moves": content.no_moves,
        "chart": _picture("chart", content.chart),
        "chart_title": _chart_title(content.chart),
        "money": [_money(line) for line in content.money.lines],
        "groups": [
            {"label": group.group.label, "rows": [_row(row) for row in group.rows]}
            for group in content.groups
        ],
        "open": [_asked(decision) for decision in content.open_decisions],
        "no_open": "No decision is asked for.",
        "taken": [_taken(decision) for decision in content.taken_decisions],
        "models": [_model(proposal) for proposal in content.proposals],
        "no_models": "No change of the operating model is proposed.",
        "corrections": _corrections(content),
        "tells_corrections": content.tells_corrections or bool(content.changed_weeks),
        "no_corrections": "None.",
    }


def _chart_title(chart: TrendChart | None) -> str:
    if chart is None:
        return ""
    return f"{PICTURED.label}, {len(chart.bars)} quarters" + (
        f", target {chart.target}" if chart.target else ""
    )


def _picture(kind: str, picture: Spark | TrendChart | None) -> str:
    """As SVG in the colours of paper; "" for none."""
    return render_to_string(f"scorecard/reviews/_{kind}_on_paper.svg", {kind: picture}) if picture else ""


def _move(move: Move) -> dict[str, str]:
    tone = DIRECTION_TONES.get(move.direction, "plain")
    return {"sentence": move.sentence, "direction": move.direction, "tone": tone}


def _money(line: Money) -> dict[str, Any]:
    return {
        "name": line.kind.label,
        "amount": NO_DATA if line.amount is None else money_full(line.amount, settings.CURRENCY),
        "arithmetic": line.arithmetic,
        "is_sum": line.kind is MoneyKind.LOST,
    }


def _row(each: ReviewRow) -> dict[str, Any]:
    row = each.row
    return {
        "name": row.name,
        "value": row.value[:1].upper() + row.value[1:] if row.line.actual.value is None else row.value,
        "has_value": row.line.actual.value is not None,
        "note": " ".join(row.notes),
        "before": each.before,
        "change": " ".join(filter(None, (each.change, each.direction))),
        "tone": DIRECTION_TONES.get(each.direction, "plain"),
        "last_year": row.last_year,
        "target": row.target,
        "verdict": row.verdict.label,
        "verdict_tone": VERDICT_TONES.get(row.verdict, "plain"),
        "spark": _picture("spark", row.spark),
    }


def _about(decision: ReviewDecision) -> str:
    return f"version {decision.operating_model.version}" if decision.operating_model else ""


def _asked(decision: ReviewDecision) -> dict[str, str]:
    asked = f"Asked by {decision.asked_by}, {short_date_year(decision.asked_at)}"
    return {"question": decision.question, "about": _about(decision), "asked": asked}


def _taken(decision: ReviewDecision) -> dict[str, Any]:
    words = {"It assumes": decision.assumption, "What would change our mind": decision.would_change_it}
    return {
        "question": decision.question,
        "about": _about(decision),
        "decision": decision.decision,
        "words": [f"{name}: {text}" for name, text in words.items() if text],
        "decided": f"Recorded by {decision.decided_by}, {short_date_year(decision.decided_at)}",
    }


def _model(proposal: ProposedModel) -> dict[str, Any]:
    model, replayed = proposal.model, proposal.replayed
    since = f"{proposal.status.label.lower()}, from {short_date_year(model.effective_from)}"
    return {
        "title": f"Version {model.version}, {since}",
        "why": model.note,
        "before": proposal.before,
        "after": proposal.after,
        "changes": [
            {
                "label": ", ".join(filter(None, (change.meaning.label, change.where))),
                "before": change.before,
                "after": change.after,
            }
            for change in proposal.changes
        ],
        "replay_title": f"Replayed on {replayed.weeks}, six weeks ahead" if replayed else "",
        "replay": [
            {"label": row.label, "today": row.today, "proposed": row.proposed} for row in replayed.page.rows
        ]
        if replayed and not replayed.page.why_nothing
        else [],
        "replay_beside": f"Version {replayed.replay.beside.version}" if replayed else "",
        "replay_words": proposal.replay_words,
    }


def _corrections(content: ReviewContent) -> list[str]:
    return [
        *(restatement.sentence for restatement in content.restatements),
        *([content.changed_words] if content.changed_weeks else []),
    ]
