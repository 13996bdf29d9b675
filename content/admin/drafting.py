"""What the draft page shows: fields with their labels, findings, claims, facts, history."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from content import selectors
from content.engine.locales import profile
from content.engine.plans import fields_of
from content.engine.types import BriefSpec
from content.labels import label_of
from content.models import Draft, DraftState, Publication, Version
from content.seo import DESCRIPTION_FIELDS, TITLE_FIELDS
from content.specs import spec_for
from content.staleness import stale_fields

# IPTC digital source types, in words.
SOURCES = {
    "trainedAlgorithmicMedia": "Written by AI",
    "compositeWithTrainedAlgorithmicMedia": "Written by AI, edited by people",
}


def draft_context(draft: Draft) -> dict[str, Any]:
    versions = list(selectors.versions_of(draft)[:30])
    version = versions[0] if versions else None
    spec = spec_for(draft, guideline=draft.brief.brand.guideline)
    job = draft.job if draft.job is not None and not draft.job.is_finished else None
    return {
        "draft": draft,
        "brief": draft.brief,
        "version": version,
        "versions": versions,
        "job": job,
        "is_waiting": draft.state in (DraftState.QUEUED, DraftState.WRITING) and job is not None,
        "may_restart": job is None,
        "fields": _fields(version, spec=spec),
        "direction": profile(draft.locale).direction,
        "stale": _stale(version, spec=spec),
        "products": spec.products,
        "spec": spec,
        "made": _made(version),
        "judgement": findings_json(version.findings, version.claims) if version else {},
        "snippet": _snippet(version, draft=draft),
        "changes_wanted": list(version.change_requests.select_related("user")) if version else [],
        "siblings": draft.brief.drafts.exclude(pk=draft.pk),
        "live": Publication.objects.filter(draft=draft).live().first(),
    }


def findings_json(findings: Sequence[dict[str, Any]], claims: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """As the page's script reads it; errors first."""
    order = {"error": 0, "warning": 1, "info": 2}
    ordered = sorted(findings, key=lambda finding: order.get(finding["severity"], 3))
    named = [{**finding, "label": label_of(finding["field"]).name} for finding in ordered]
    return {
        "findings": named,
        "claims": [{**claim, "label": label_of(claim["field"]).name} for claim in claims],
        "errors": sum(finding["severity"] == "error" for finding in findings),
    }


def _stale(version: Version | None, *, spec: BriefSpec) -> list[tuple[str, str]]:
    """Labels of fields whose facts have changed, with the facts' names."""
    found = stale_fields(version, spec=spec) if version else {}
    return [
        (label_of(field).name, ", ".join(name.replace("_", " ") for name in names))
        for field, names in found.items()
    ]


def _made(version: Version | None) -> list[tuple[str, str]]:
    """How a version came about, in words; only what its manifest knows."""
    if version is None:
        return []
    made = version.manifest
    rows = [
        ("This version", made.get("how", "")),
        ("Editor", made.get("editor", "")),
        ("Language model", made.get("model", "")),
        ("Prompts", _prompts(made)),
        ("Guideline", f"Version {version.guideline.version}" if version.guideline else "None"),
        ("Keyphrase", made.get("keyphrase", "")),
        ("Facts at hand", sum(len(product["facts"]) for product in made.get("facts", []))),
        (
            "Effort",
            f"{made['tokens']:,} tokens in {made.get('model_seconds', 0)} s" if made.get("tokens") else "",
        ),
        ("Seed", made.get("seed", "")),
        ("Declared as", SOURCES.get(made.get("digital_source_type", ""), "")),
    ]
    return [(name, str(value)) for name, value in rows if value not in ("", None)]


def _prompts(made: Mapping[str, Any]) -> str:  # Any: JSON of a manifest
    return " · ".join(filter(None, (_fingerprint(made.get("prompts")), made.get("prompt_label", ""))))


def _fingerprint(prompts: Any) -> str:  # Any: JSON of a manifest, which older versions wrote otherwise
    """One short code for all prompts: equal codes, equal prompts."""
    if not prompts:
        return ""
    return hashlib.sha256(json.dumps(prompts, sort_keys=True).encode()).hexdigest()[:8]


def _fields(version: Version | None, *, spec: BriefSpec) -> list[dict[str, Any]]:
    """One box per field, with the most characters it should have (0: no such limit)."""
    limits = {plan.name: plan.limits(spec.language)[1] for plan in fields_of(spec)}
    return [
        {"name": name, "text": text, "label": label_of(name), "limit": limits.get(name, 0)}
        for name, text in (version.texts if version else {}).items()
    ]


def _snippet(version: Version | None, *, draft: Draft) -> dict[str, str] | None:
    """Which fields the search result is made of; None where there is nothing of the kind."""
    if version is None:
        return None
    title = next((name for name in TITLE_FIELDS if name in version.fields), "")
    description = next((name for name in DESCRIPTION_FIELDS if name in version.fields), "")
    if not title or "meta_description" not in version.fields:
        return None
    host = draft.workspace.site_url.removeprefix("https://").removeprefix("http://").rstrip("/")
    return {"title": title, "description": description, "host": host}
