"""Foreign keys and many-to-many relations of every sort."""

# ruff: noqa: RUF012  (Meta is written as Django documents it)
from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models

from tests.field_zoo.zoo.models.keys import PlainKey, SharedKey, SmallKey, TextKey, TokenKey


class Target(models.Model):
    code = models.CharField(max_length=12, unique=True)
    number = models.PositiveIntegerField(unique=True)
    tags = GenericRelation("zoo.Tagged")


class ToKeys(models.Model):
    small = models.ForeignKey(SmallKey, models.CASCADE)
    plain = models.ForeignKey(PlainKey, models.CASCADE)
    text = models.ForeignKey(TextKey, models.PROTECT)
    token = models.ForeignKey(TokenKey, models.RESTRICT)
    shared = models.ForeignKey(SharedKey, models.DO_NOTHING)


class ToFields(models.Model):
    by_code = models.ForeignKey(Target, models.CASCADE, to_field="code", related_name="+")
    by_number = models.OneToOneField(Target, models.CASCADE, to_field="number", related_name="+")


class LooseRelations(models.Model):
    unconstrained = models.ForeignKey(
        Target, models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    unindexed = models.ForeignKey(Target, models.CASCADE, db_index=False, related_name="+")
    neither = models.ForeignKey(
        Target, models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    setting = models.ForeignKey(Target, models.SET(1), related_name="+")
    emptied = models.ForeignKey(Target, models.SET_NULL, null=True, related_name="+")
    defaulted = models.ForeignKey(Target, models.SET_DEFAULT, default=1, related_name="+")
    db_defaulted = models.ForeignKey(Target, models.CASCADE, db_default=1, related_name="+")


class Tree(models.Model):
    parent = models.ForeignKey("self", models.CASCADE, null=True, db_column="up")
    twin = models.OneToOneField("self", models.SET_NULL, null=True, related_name="+")


class Chicken(models.Model):
    hatched_from = models.ForeignKey("zoo.Egg", models.CASCADE, null=True)


class Egg(models.Model):
    laid_by = models.ForeignKey(Chicken, models.CASCADE, null=True)


class Tagged(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    content_object = GenericForeignKey()

    class Meta:
        indexes = [models.Index(fields=["content_type", "object_id"])]


class Owned(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    groups = models.ManyToManyField("auth.Group")


class Many(models.Model):
    targets = models.ManyToManyField(Target)
    by_text = models.ManyToManyField(TextKey)
    by_token = models.ManyToManyField(TokenKey, db_table="many Tokens")
    loose = models.ManyToManyField(Target, db_constraint=False, related_name="+")


class Friend(models.Model):
    friends = models.ManyToManyField("self")
    follows = models.ManyToManyField("self", symmetrical=False, related_name="followers")
    known = models.ManyToManyField(
        "self", through="zoo.Acquaintance", through_fields=("who", "whom")
    )


class Acquaintance(models.Model):
    who = models.ForeignKey(Friend, models.CASCADE, related_name="+")
    whom = models.ForeignKey(Friend, models.CASCADE, related_name="+")
    introduced_by = models.ForeignKey(Friend, models.SET_NULL, null=True, related_name="+")
    since = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["who", "whom"], name="zoo_known_once"),
            models.CheckConstraint(
                condition=~models.Q(who=models.F("whom")), name="zoo_not_oneself"
            ),
        ]
