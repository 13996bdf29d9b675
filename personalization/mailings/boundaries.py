"""Every point at which a mail worker could die, by name, in the order in which a wave of mails passes them.

The fault run sets `MAIL_DIES_AT=name` or `name:passes`, and the process kills itself there as a power failure
would. Unset, which is always outside the fault run, passing a boundary is one comparison.
"""

import itertools
import os
import signal

BOUNDARIES = (
    "claimed",
    "written",
    "offered",
    "bytes_out",
    "intending",
    "intended",
    "first_dot_out",
    "dots_out",
    "first_answer_in",
    "answers_in",
    "recorded",
    "released",
)
_name, _, _passes = os.environ.get("MAIL_DIES_AT", "").partition(":")
_left = itertools.count(int(_passes or 0), -1)


def passing(boundary: str) -> None:
    if boundary == _name and next(_left) <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
