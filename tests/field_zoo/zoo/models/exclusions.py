"""Exclusion constraints."""

# ruff: noqa: RUF012  (Meta is written as Django documents it)
from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Deferrable, F, Func, Q


class TimeRange(Func):
    function = "tstzrange"
    output_field = DateTimeRangeField()


class Booking(models.Model):
    room = models.IntegerField()
    during = DateTimeRangeField()
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    cancelled = models.BooleanField(default=False)
    name = models.CharField(max_length=9)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="zoo_no_overlap", expressions=[("during", RangeOperators.OVERLAPS)]
            ),
            ExclusionConstraint(
                name="zoo_no_overlap_in_room",
                expressions=[("during", RangeOperators.OVERLAPS), ("room", RangeOperators.EQUAL)],
                condition=Q(cancelled=False),
            ),
            ExclusionConstraint(
                name="zoo_no_overlap_computed",
                expressions=[
                    (
                        TimeRange(F("begins"), F("ends"), RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                    (OpClass("room", "gist_int4_ops"), RangeOperators.EQUAL),
                ],
                deferrable=Deferrable.DEFERRED,
            ),
            ExclusionConstraint(
                name="zoo_no_overlap_with",
                expressions=[("during", RangeOperators.ADJACENT_TO)],
                include=["name", "room"],
                index_type="SPGIST",
            ),
            ExclusionConstraint(
                name="zoo_room_not",
                expressions=[("room", RangeOperators.NOT_EQUAL), ("name", RangeOperators.EQUAL)],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]
