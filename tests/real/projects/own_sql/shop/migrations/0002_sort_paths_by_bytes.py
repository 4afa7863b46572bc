"""What models cannot say, in SQL."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


def sort_categories(apps, schema_editor) -> None:
    """Compare the paths of categories byte by byte."""
    table = apps.get_model("shop", "Category")._meta.db_table
    schema_editor.execute(f'ALTER TABLE {table} ALTER COLUMN path TYPE varchar(255) COLLATE "C"')


class Migration(migrations.Migration):
    """SQL as text, as statements with parameters, apart from the state, and in Python."""

    dependencies: ClassVar = [("shop", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(
            'ALTER TABLE shop_product ALTER COLUMN path TYPE varchar(255) COLLATE "C"',
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            [
                "CREATE INDEX product_path_pattern ON shop_product (path varchar_pattern_ops)",
                ("COMMENT ON TABLE shop_product IS %s", ["what is sold"]),
            ],
            migrations.RunSQL.noop,
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL("CREATE TABLE shop_log (line text)", "DROP TABLE shop_log")
            ]
        ),
        migrations.RunPython(sort_categories, migrations.RunPython.noop),
    ]
