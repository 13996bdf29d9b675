"""A person's yes, or what they want changed."""

from django.db import IntegrityError, transaction

from content import transitions
from content.actors import Actor
from content.models import Approval, ChangeRequest, Draft, Version
from content.selectors import latest_version
from omotenashi.accounts.permissions import can
from omotenashi.errors import Conflict, FieldError, Forbidden, InvalidInput


@transaction.atomic
def approve(draft: Draft, *, number: int, by: Actor) -> Approval:
    """Approve the version the person has read; Conflict if it is not the newest any more."""
    _may_judge(draft, by=by)
    version = _judged_version(draft, number=number)
    if version.error_count:
        raise InvalidInput(
            f"{version.error_count} finding(s) must be put right before this text can be approved.",
            errors=[
                FieldError(
                    finding["check"],
                    f"{finding['message']} {finding['remedy']}",
                    f"#/fields/{finding['field']}",
                )
                for finding in version.findings
                if finding["severity"] == "error"
            ],
        )
    transitions.approve(draft.pk)
    existing: Approval | None = Approval.objects.filter(version=version).first()
    if existing is not None:
        return existing  # approved before, then changes were asked for and thought better of
    try:
        with transaction.atomic():
            return Approval.objects.create(
                workspace=draft.workspace, version=version, user=by.user, api_key=by.api_key
            )
    except IntegrityError as error:
        raise Conflict("Someone else approved this version a moment ago. Reload and look again.") from error


@transaction.atomic
def ask_for_changes(draft: Draft, *, number: int, comment: str, by: Actor) -> ChangeRequest:
    _may_judge(draft, by=by)
    if not comment.strip():
        detail = "Say what should change, so that the author knows what to do."
        raise InvalidInput(detail, errors=[FieldError("required", detail, "#/comment")])
    version = _judged_version(draft, number=number)
    transitions.ask_for_changes(draft.pk)
    return ChangeRequest.objects.create(
        workspace=draft.workspace, version=version, user=by.user, comment=comment.strip()[:2000]
    )


def _may_judge(draft: Draft, *, by: Actor) -> None:
    """A key's scope was checked at the door; a person's role is checked here, whichever door it was."""
    if by.api_key is None and (by.user is None or not can(by.user, draft.workspace, "approve")):
        raise Forbidden("Only an approver may do this. Ask one of your workspace to look at the text.")


def _judged_version(draft: Draft, *, number: int) -> Version:
    Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    version = latest_version(draft)
    if version.number != number:
        raise Conflict(
            f"You looked at version {number}; version {version.number} came since. Reload and look again."
        )
    return version
