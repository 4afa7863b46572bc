"""The tables as Django makes them."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    """Written by makemigrations, before the models went on."""

    initial = True
    operations: ClassVar = [
        migrations.CreateModel(
            name="Category",
            fields=[("id", ID.clone()), ("path", models.CharField(max_length=255))],
        ),
        migrations.CreateModel(name="Retired", fields=[("id", ID.clone())]),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", ID.clone()),
                ("path", models.CharField(max_length=255)),
                ("name", models.CharField(max_length=100)),
            ],
        ),
    ]
