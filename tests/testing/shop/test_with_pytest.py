"""The same with pytest's own means, and a data migration."""

from __future__ import annotations

import pytest
from shop import tests
from shop.factories import ProductFactory
from shop.models import Currency, Product

from schema_tools.testing import ready


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_rows_come_back(turn):
    assert Currency.objects.count() == 2
    Currency.objects.filter(code="USD").delete()


def test_a_data_migration(migrated_to):
    past = migrated_to("001")
    made = past.factory(ProductFactory)(name="Big INK", currency__code="XYZ")
    assert not hasattr(made, "slug")
    assert past.apply_next() == "002_slug"
    assert Product.objects.get(pk=made.pk).slug == "big ink"
    assert past.execute("SELECT what FROM audit ORDER BY id") == [("Pen",), ("Big INK",)]


@pytest.mark.django_db
def test_the_test_database_was_left_alone():
    assert not Currency.objects.filter(code="XYZ").exists()


class FilesTest(ready.SqlFilesTest):
    def test_models_files_and_database_agree(self):
        with pytest.raises(AssertionError, match="mismatch for table 'forgotten'") as caught:
            super().test_models_files_and_database_agree()
        assert "schema_tools_testing" not in str(caught.value)


TriggerTest = tests.TriggerTest
FlushTest = tests.FlushTest
SerializedTest = tests.SerializedTest
SequencesTest = tests.SequencesTest
