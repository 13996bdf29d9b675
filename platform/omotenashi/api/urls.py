from django.urls import path

from omotenashi.api.jobs import JobEventsView, JobsView, JobView

urlpatterns = [
    path("jobs", JobsView.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>", JobView.as_view(), name="job"),
    path("jobs/<uuid:job_id>/events", JobEventsView.as_view(), name="job-events"),
]
