"""Subject lines of mailings, as a content type."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("catalog", "0002_words_of_products"),
        ("content", "0006_plans_of_ones_own"),
        ("jobs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="brief",
            name="brief_has_a_known_content_type",
        ),
        migrations.AlterField(
            model_name="brief",
            name="content_type",
            field=models.CharField(
                choices=[
                    ("product_description", "Product description"),
                    ("product_description_short", "Product description, short"),
                    ("product_description_long", "Product description, long"),
                    ("product_description_bullets", "Product description, bullets"),
                    ("category_page", "Category page"),
                    ("blog_post", "Blog post"),
                    ("social_post", "Social post"),
                    ("social_post_facebook", "Social post, Facebook"),
                    ("social_post_instagram", "Social post, Instagram"),
                    ("social_post_linkedin", "Social post, LinkedIn"),
                    ("newsletter", "Newsletter"),
                    ("mail_subject", "Subject lines"),
                    ("ad_copy", "Ad copy"),
                    ("landing_page", "Landing page"),
                    ("faq", "Questions and answers"),
                ],
                max_length=32,
            ),
        ),
        migrations.AddConstraint(
            model_name="brief",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "content_type__in",
                        [
                            "product_description",
                            "product_description_short",
                            "product_description_long",
                            "product_description_bullets",
                            "category_page",
                            "blog_post",
                            "social_post",
                            "social_post_facebook",
                            "social_post_instagram",
                            "social_post_linkedin",
                            "newsletter",
                            "mail_subject",
                            "ad_copy",
                            "landing_page",
                            "faq",
                        ],
                    )
                ),
                name="brief_has_a_known_content_type",
            ),
        ),
    ]
