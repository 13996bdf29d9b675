"""Addresses under /v1."""

from django.urls import path

from personalization.mailings.api import connectors, reports, subject_lines, translating, views

urlpatterns = [
    path("campaigns", views.CampaignsView.as_view()),
    path("campaigns/<str:campaign_id>", views.CampaignView.as_view()),
    path("campaigns/<str:campaign_id>/schedule", views.ScheduleView.as_view()),
    path("campaigns/<str:campaign_id>/pause", views.PauseView.as_view()),
    path("campaigns/<str:campaign_id>/resume", views.ResumeView.as_view()),
    path("campaigns/<str:campaign_id>/cancel", views.CancelView.as_view()),
    path("campaigns/<str:campaign_id>/preflight", views.PreflightView.as_view()),
    path("campaigns/<str:campaign_id>/subject-lines", subject_lines.SubjectLinesView.as_view()),
    path("campaigns/<str:campaign_id>/subject-lines/use", subject_lines.UseLinesView.as_view()),
    path("campaigns/<str:campaign_id>/report", views.ReportView.as_view()),
    path("campaigns/<str:campaign_id>/outcome", views.OutcomeView.as_view()),
    path("campaigns/<str:campaign_id>/export", connectors.ExportView.as_view()),
    path("customers/<str:customer_id>/email-blocks", connectors.EmailBlocksView.as_view()),
    path("mail-templates/translate", translating.TranslateView.as_view()),
    path("mail-reports/<uuid:provider_id>", reports.MailReportView.as_view()),
]
