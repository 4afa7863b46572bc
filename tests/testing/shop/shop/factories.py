"""Factories for the models as they are today."""

from __future__ import annotations

import factory

from shop.models import Currency, Product


class CurrencyFactory(factory.django.DjangoModelFactory):
    """Euros, or another currency."""

    class Meta:
        """One row for each code."""

        model = Currency
        django_get_or_create = ("code",)

    code = "EUR"
    name = "Euro"


class ProductFactory(factory.django.DjangoModelFactory):
    """A product with today's fields."""

    class Meta:
        """The model."""

        model = Product

    name = factory.Sequence("Product {}".format)
    currency = factory.SubFactory(CurrencyFactory)
    slug = "of-today"
