"""As makemigrations wrote it."""

# ruff: noqa: RUF012  Django's own way to write these

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("shop", "0001_initial"),
    ]

    operations = [
        migrations.RenameIndex(
            model_name="product",
            new_name="shop_produc_stock_d82f4d_idx",
            old_fields=("stock", "rank"),
        ),
    ]
