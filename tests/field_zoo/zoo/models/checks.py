"""Check constraints of every shape that Q and expressions can take."""

# ruff: noqa: RUF012  (Meta is written as Django documents it)
from __future__ import annotations

import datetime
import decimal

from django.contrib.postgres.fields import ArrayField, DateRangeField, IntegerRangeField
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q
from django.db.models.functions import Length, Lower, Upper
from django.db.models.lookups import GreaterThan, LessThanOrEqual


class Checked(models.Model):
    number = models.IntegerField()
    other = models.IntegerField(null=True)
    price = models.DecimalField(max_digits=6, decimal_places=2)
    ratio = models.FloatField()
    name = models.CharField(max_length=20)
    text = models.TextField()
    day = models.DateField()
    moment = models.DateTimeField()
    lasts = models.DurationField()
    yes = models.BooleanField()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(number__gt=0), name="zoo_number_above"),
            CheckConstraint(condition=~Q(number=7), name="zoo_number_not"),
            CheckConstraint(condition=Q(number__range=(1, 9)), name="zoo_number_range"),
            CheckConstraint(condition=Q(number__in=[1, 2, 3]), name="zoo_number_in"),
            CheckConstraint(condition=~Q(number__in=[4, 5]), name="zoo_number_not_in"),
            CheckConstraint(condition=Q(number__in=[4]), name="zoo_number_in_one"),
            CheckConstraint(condition=Q(price__gte=decimal.Decimal("0.50")), name="zoo_price"),
            CheckConstraint(condition=Q(ratio__lt=1.5) | Q(ratio__isnull=True), name="zoo_ratio"),
            CheckConstraint(condition=Q(name__in=["a", "b's", "5%"]), name="zoo_name_in"),
            CheckConstraint(condition=~Q(name__in=["a", "b"]), name="zoo_name_not_in"),
            CheckConstraint(condition=~Q(name=""), name="zoo_name_filled"),
            CheckConstraint(condition=Q(name__startswith="50%"), name="zoo_name_starts"),
            CheckConstraint(condition=Q(name__icontains="ab_c"), name="zoo_name_contains"),
            CheckConstraint(condition=Q(text__regex=r"^\d+$"), name="zoo_text_regex"),
            CheckConstraint(condition=~Q(text__iregex=r"x|y"), name="zoo_text_not_regex"),
            CheckConstraint(condition=Q(name__iexact="abc"), name="zoo_name_like"),
            CheckConstraint(condition=Q(day__gte=datetime.date(2020, 1, 1)), name="zoo_day"),
            CheckConstraint(condition=Q(day__year=2024), name="zoo_day_year"),
            CheckConstraint(condition=Q(day__month__lte=6), name="zoo_day_month"),
            CheckConstraint(
                condition=Q(moment__gt=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)),
                name="zoo_moment",
            ),
            CheckConstraint(condition=Q(lasts__lt=datetime.timedelta(hours=5)), name="zoo_lasts"),
            CheckConstraint(condition=Q(yes=True) | Q(number__gt=5), name="zoo_yes"),
            CheckConstraint(condition=Q(yes=False), name="zoo_no"),
        ]


class Compared(models.Model):
    number = models.IntegerField()
    other = models.IntegerField(null=True)
    third = models.SmallIntegerField()
    name = models.CharField(max_length=20)
    text = models.TextField()
    kind = models.CharField(max_length=1, choices=[("a", "A"), ("b", "B")])
    document = models.JSONField()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(number__lt=F("other")), name="zoo_less"),
            CheckConstraint(condition=Q(number__lt=F("other") + F("third") * 2), name="zoo_sum"),
            CheckConstraint(
                condition=Q(number__gt=1, other__isnull=False) | ~Q(third=3) & Q(name="x"),
                name="zoo_mixed",
            ),
            CheckConstraint(condition=~(Q(number=1) & Q(other=2)), name="zoo_not_both"),
            CheckConstraint(condition=~(Q(number=1) | Q(third=2)), name="zoo_neither"),
            CheckConstraint(condition=Q(number=1) ^ Q(third=2), name="zoo_either"),
            CheckConstraint(condition=Q(name=F("text")), name="zoo_texts"),
            CheckConstraint(condition=GreaterThan(Length("name"), 3), name="zoo_length"),
            CheckConstraint(
                condition=LessThanOrEqual(Length(Lower("text")), F("number") % 10), name="zoo_mod"
            ),
            CheckConstraint(
                condition=Q(name=Upper(F("name"))),
                name="zoo_upper",
                violation_error_code="upper",
                violation_error_message="in capitals, please",
            ),
            CheckConstraint(
                condition=Q(kind="a", number__gt=1) | Q(kind="b", number__lt=5), name="zoo_kinds"
            ),
            CheckConstraint(condition=Q(document__has_key="a"), name="zoo_document_key"),
            CheckConstraint(condition=Q(document__a__b=5), name="zoo_document_value"),
            CheckConstraint(condition=Q(document__contains={"a": "%"}), name="zoo_document_has"),
            CheckConstraint(
                condition=GreaterThan(
                    Func(
                        F("number"),
                        F("third"),
                        function="num_nonnulls",
                        output_field=models.IntegerField(),
                    ),
                    1,
                ),
                name="zoo_function",
            ),
        ]


class CheckedArrays(models.Model):
    numbers = ArrayField(models.IntegerField())
    words = ArrayField(models.CharField(max_length=9))
    span = IntegerRangeField()
    days = DateRangeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(numbers__len__lte=5), name="zoo_array_length"),
            CheckConstraint(condition=Q(numbers__contains=[1]), name="zoo_array_contains"),
            CheckConstraint(
                condition=Q(words__contained_by=["a", "b"]), name="zoo_array_contained"
            ),
            CheckConstraint(condition=Q(words__overlap=["a", "b"]), name="zoo_array_overlap"),
            CheckConstraint(condition=Q(span__contained_by=(1, 10)), name="zoo_range_within"),
            CheckConstraint(condition=Q(span__startswith__gte=0), name="zoo_range_start"),
            CheckConstraint(condition=Q(days__isempty=False), name="zoo_range_filled"),
        ]
