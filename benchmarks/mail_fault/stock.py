"""How mail is usually sent from a queue: one Celery task a recipient, with the settings that are
recommended.
"""

import os
import smtplib
from email.message import EmailMessage

from celery import Celery

app = Celery("stock", broker=os.environ["STOCK_BROKER"])
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    # As short as a shop could dare: a task that takes longer is given to a second worker as well.
    broker_transport_options={"visibility_timeout": 6, "global_keyprefix": "stock:"},
)


@app.task(name="send", autoretry_for=(OSError, smtplib.SMTPException), retry_backoff=1, max_retries=8)
def send(number: int) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "hello@stock.example", f"guest{number}@mail.example", "Hello"
    mail["Message-ID"] = f"<{number}@stock.example>"
    mail.set_content("Dear guest")
    with smtplib.SMTP("127.0.0.1", int(os.environ["STOCK_PORT"]), timeout=10) as smtp:
        smtp.send_message(mail)
