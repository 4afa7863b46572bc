"""What an ordinary app of the days of Django 3.2 has."""

# ruff: noqa: RUF012  Django's own way to write these

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=50, unique=True)
    slug = models.SlugField()


class Product(models.Model):
    sku = models.CharField(max_length=20, db_index=True)
    title = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    stock = models.PositiveIntegerField(default=0)
    rank = models.SmallIntegerField(null=True)
    on_sale = models.BooleanField(default=False)
    was_seen = models.BooleanField(null=True)
    labels = ArrayField(models.CharField(max_length=20), default=list)
    extra = models.JSONField(default=dict)
    added = models.DateTimeField(auto_now_add=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
    tags = models.ManyToManyField(Tag)

    class Meta:
        unique_together = [("sku", "title")]
        indexes = [
            GinIndex(fields=["extra"], name="product_extra_gin"),
            models.Index(fields=["stock", "rank"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price__gte=0), name="product_price_positive"
            ),
            models.UniqueConstraint(
                fields=["title"], condition=models.Q(on_sale=True), name="product_one_on_sale"
            ),
        ]


class Review(models.Model):
    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    text = models.TextField(blank=True)


class Rare(Product):
    number = models.CharField(max_length=5, unique=True)
