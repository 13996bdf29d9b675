"""Who of an audience is held out, asked of the database: those whom `engine/assignment.py` draws."""

from django.db.models import BinaryField, F, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast

from personalization.mailings.engine.assignment import first_kept, hold_out_prefix
from personalization.mailings.models import Campaign
from personalization.mailings.rows import arms_salt
from personalization.models import Customer


class _Place(Func):
    """The first eight bytes of a hash: compared byte by byte, they order like the number they are."""

    template = "substring(sha256(%(expressions)s) FROM 1 FOR 8)"
    arg_joiner = " || "
    output_field = BinaryField()


class _Key(Func):
    """A customer's id as it is hashed: 32 hexadecimal digits."""

    template = "convert_to(replace(%(expressions)s, '-', ''), 'UTF8')"
    output_field = BinaryField()


def held_out_of(customers: QuerySet[Customer], *, campaign: Campaign) -> QuerySet[Customer]:
    prefix = Value(hold_out_prefix(arms_salt(campaign)), output_field=BinaryField())
    place = _Place(prefix, _Key(Cast(F("pk"), TextField())))
    return customers.alias(place=place).filter(place__lt=first_kept(campaign.hold_out_percent))
