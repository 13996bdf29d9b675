"""Addresses under /v1."""

from django.urls import path

from content.api import views

urlpatterns = [
    path("briefs", views.BriefsView.as_view()),
    path("briefs/<str:brief_id>", views.BriefView.as_view()),
    path("drafts/<str:draft_id>", views.DraftView.as_view()),
    path("drafts/<str:draft_id>/versions", views.VersionsView.as_view()),
    path("drafts/<str:draft_id>/findings", views.FindingsView.as_view()),
    path("drafts/<str:draft_id>/write-again", views.WriteAgainView.as_view()),
    path("drafts/<str:draft_id>/approve", views.ApproveView.as_view()),
    path("drafts/<str:draft_id>/ask-for-changes", views.AskForChangesView.as_view()),
    path("drafts/<str:draft_id>/publish", views.PublishView.as_view()),
    path("drafts/<str:draft_id>/withdraw", views.WithdrawView.as_view()),
    path("publications", views.PublicationsView.as_view()),
    path("publications/<str:publication_id>", views.PublicationView.as_view()),
    path("publications/<str:publication_id>/links", views.LinkSuggestionsView.as_view()),
    path("sitemap.xml", views.SitemapView.as_view()),
]
