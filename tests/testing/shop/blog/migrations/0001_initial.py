"""The table of posts, and a first one."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


def greet(apps, _editor):
    """Write the first post."""
    apps.get_model("blog", "Post").objects.create(title="hello", product_id=1)


class Migration(migrations.Migration):
    """The app's only migration."""

    initial = True
    operations = (
        migrations.CreateModel(
            "Post",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("title", models.TextField()),
                (
                    "product",
                    models.ForeignKey(
                        "shop.Product",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                    ),
                ),
            ],
        ),
        migrations.RunPython(greet),
    )
