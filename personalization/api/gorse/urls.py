"""gorse's addresses, under /api/; some of its own end in a slash, and clients differ."""

from django.urls import path

from personalization.api.gorse import views

urlpatterns = [
    path("recommend/<str:user_id>", views.RecommendView.as_view(), name="gorse-recommend"),
    path("recommend/<str:user_id>/<str:category>", views.RecommendView.as_view(), name="gorse-recommend-in"),
    path("popular", views.PopularView.as_view(), name="gorse-popular"),
    path("popular/<str:category>", views.PopularView.as_view(), name="gorse-popular-in"),
    path("latest", views.LatestView.as_view(), name="gorse-latest"),
    path("latest/<str:category>", views.LatestView.as_view(), name="gorse-latest-in"),
    path("item/<str:item_id>/neighbors", views.NeighborsView.as_view(), name="gorse-neighbors"),
    path("item/<str:item_id>/neighbors/", views.NeighborsView.as_view()),
    path("item/<str:item_id>/neighbors/<str:category>", views.NeighborsView.as_view()),
    path("feedback", views.FeedbackView.as_view(), name="gorse-feedback"),
    path("user", views.UsersView.as_view(is_list=False), name="gorse-user"),
    path("users", views.UsersView.as_view(), name="gorse-users"),
    path("item", views.ItemsView.as_view(is_list=False), name="gorse-item"),
    path("items", views.ItemsView.as_view(), name="gorse-items"),
]
