"""Every field of django.db.models that is one plain column."""

from __future__ import annotations

from django.core.validators import validate_comma_separated_integer_list
from django.db import models


class Numbers(models.Model):
    small = models.SmallIntegerField()
    plain = models.IntegerField()
    big = models.BigIntegerField(null=True)
    positive_small = models.PositiveSmallIntegerField()
    positive = models.PositiveIntegerField()
    positive_big = models.PositiveBigIntegerField()
    double = models.FloatField()


class Decimals(models.Model):
    price = models.DecimalField(max_digits=10, decimal_places=2)
    whole = models.DecimalField(max_digits=5, decimal_places=0)
    widest = models.DecimalField(max_digits=1000, decimal_places=500, null=True)


class Texts(models.Model):
    short = models.CharField(max_length=1)
    unlimited = models.CharField()
    long = models.TextField(max_length=5000)
    address = models.EmailField()
    link = models.URLField(max_length=500)
    slug = models.SlugField()
    unindexed_slug = models.SlugField(db_index=False, allow_unicode=True)
    numbers = models.CharField(max_length=99, validators=[validate_comma_separated_integer_list])


class Moments(models.Model):
    day = models.DateField(auto_now_add=True)
    hour = models.TimeField(null=True)
    made_at = models.DateTimeField(auto_now=True)
    lasts = models.DurationField()


class Files(models.Model):
    file = models.FileField(upload_to="files")
    path = models.FilePathField(path="/", max_length=200)


class Various(models.Model):
    yes = models.BooleanField()
    maybe = models.BooleanField(null=True)
    bytes = models.BinaryField(max_length=16, editable=True)
    address = models.GenericIPAddressField()
    address_4 = models.GenericIPAddressField(protocol="IPv4", null=True, unpack_ipv4=False)
    token = models.UUIDField()
    document = models.JSONField()
    settings = models.JSONField(null=True, blank=True)


class Size(models.IntegerChoices):
    SMALL = 1
    LARGE = 2


class Colour(models.TextChoices):
    RED = "r", "red"
    GREEN = "g", "green's"


class Chosen(models.Model):
    size = models.IntegerField(choices=Size)
    colour = models.CharField(max_length=1, choices=Colour, default=Colour.RED)
    grouped = models.CharField(max_length=9, choices={"warm": {"r": "red"}, "cold": {"b": "blue"}})


class Indexed(models.Model):
    number = models.IntegerField(db_index=True)
    name = models.CharField(max_length=50, db_index=True)
    code = models.CharField(max_length=50, unique=True)
    text = models.TextField(unique=True, db_index=True)
    token = models.UUIDField(unique=True)
    day = models.DateField(db_index=True)
    per_day = models.SlugField(unique_for_date="day")
