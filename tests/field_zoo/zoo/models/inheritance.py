"""Abstract bases, proxies, swapped models, and models in two or three tables."""

# ruff: noqa: RUF012  (Meta is written as Django documents it)
from __future__ import annotations

from django.conf import settings
from django.db import models


class Stamped(models.Model):
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)
    owner = models.ForeignKey("zoo.PlainKey", models.CASCADE, related_name="+")

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["made_at", "owner"], name="%(class)s_stamp")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(made_at__year__gt=1999), name="%(class)s_is_new"
            )
        ]


class Place(Stamped):
    name = models.CharField(max_length=50)


class Restaurant(Place):
    rating = models.PositiveSmallIntegerField(null=True, db_column="stars")

    class Meta:
        ordering = ["rating"]


class Pizzeria(Restaurant):
    inner = models.OneToOneField(
        Restaurant, models.CASCADE, parent_link=True, primary_key=True, db_column="in_restaurant"
    )
    has_oven = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["-has_oven"])]


class Note(Stamped):
    made_at = None
    text = models.TextField()

    class Meta:
        ordering = ["text"]


class Stack(Place, models.Model):
    place_ptr = models.OneToOneField(Place, models.CASCADE, parent_link=True, primary_key=True)
    cook = models.ForeignKey(Restaurant, models.CASCADE, related_name="stacks")
    note = models.OneToOneField(Note, models.CASCADE, related_name="+", null=True)

    class Meta:
        unique_together = [("cook", "note")]


class RestaurantProxy(Restaurant):
    class Meta:
        proxy = True


class PointsToProxy(models.Model):
    restaurant = models.ForeignKey(RestaurantProxy, models.CASCADE, related_name="+")
    several = models.ManyToManyField(RestaurantProxy, related_name="+")


class SwappedOut(models.Model):
    name = models.CharField(max_length=5)

    class Meta:
        swappable = "ZOO_SWAPPED_MODEL"


class SwappedIn(models.Model):
    name = models.CharField(max_length=6)


class PointsToSwapped(models.Model):
    it = models.ForeignKey(settings.ZOO_SWAPPED_MODEL, models.CASCADE, related_name="+")
