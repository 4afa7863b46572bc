"""Every index of django.contrib.postgres."""

# ruff: noqa: RUF012  (Meta is written as Django documents it)
from __future__ import annotations

from django.contrib.postgres import indexes
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper


class Gin(models.Model):
    tags = ArrayField(models.CharField(max_length=9))
    document = models.JSONField()
    words = SearchVectorField(null=True)
    text = models.TextField()

    class Meta:
        indexes = [
            indexes.GinIndex(fields=["tags"]),
            indexes.GinIndex(
                fields=["document"],
                opclasses=["jsonb_path_ops"],
                name="zoo_gin_path",
                fastupdate=False,
                gin_pending_list_limit=512,
            ),
            indexes.GinIndex(fields=["words"], fastupdate=True, name="zoo_gin_words"),
            indexes.GinIndex(
                indexes.OpClass(Upper("text"), name="gin_trgm_ops"), name="zoo_gin_trigrams"
            ),
            indexes.GinIndex(SearchVector("text", config="english"), name="zoo_gin_vector"),
            indexes.GinIndex(fields=["document"], condition=Q(text__gt=""), name="zoo_gin_some"),
        ]


class Gist(models.Model):
    span = DateRangeField()
    words = SearchVectorField(null=True)
    text = models.TextField()
    number = models.IntegerField()

    class Meta:
        indexes = [
            indexes.GistIndex(fields=["span"]),
            indexes.GistIndex(
                fields=["words"], buffering=True, fillfactor=80, name="zoo_gist_words"
            ),
            indexes.GistIndex(fields=["span"], buffering=False, name="zoo_gist_unbuffered"),
            indexes.GistIndex(
                fields=["text"], opclasses=["gist_trgm_ops"], name="zoo_gist_trigrams"
            ),
            indexes.GistIndex(fields=["number", "span"], include=["text"], name="zoo_gist_with"),
            indexes.GistIndex(
                indexes.OpClass("number", name="gist_int4_ops"),
                F("span"),
                condition=Q(number__gt=5),
                name="zoo_gist_expression",
            ),
        ]


class Brin(models.Model):
    number = models.IntegerField()
    moment = models.DateTimeField()

    class Meta:
        indexes = [
            indexes.BrinIndex(fields=["number"]),
            indexes.BrinIndex(
                fields=["moment"], pages_per_range=4, autosummarize=True, name="zoo_brin_pages"
            ),
            indexes.BrinIndex(
                fields=["number", "moment"], autosummarize=False, name="zoo_brin_two"
            ),
            indexes.BrinIndex(
                fields=["number"], opclasses=["int4_minmax_multi_ops"], name="zoo_brin_multi"
            ),
        ]


class Hashed(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        indexes = [
            indexes.HashIndex(fields=["name"]),
            indexes.HashIndex(fields=["name"], fillfactor=50, name="zoo_hash_fill"),
            indexes.HashIndex(Lower("name"), name="zoo_hash_lower"),
            indexes.HashIndex(
                fields=["name"], opclasses=["varchar_pattern_ops"], name="zoo_hash_ops"
            ),
        ]


class Btree(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        indexes = [
            indexes.BTreeIndex(fields=["name"]),
            indexes.BTreeIndex(fields=["-name"], fillfactor=50, name="zoo_btree_fill"),
            indexes.BTreeIndex(
                fields=["name"], deduplicate_items=False, name="zoo_btree_duplicates"
            ),
            indexes.BTreeIndex(
                Lower("name"), fillfactor=70, deduplicate_items=True, name="zoo_btree_both"
            ),
        ]


class SpGist(models.Model):
    span = DateRangeField()
    name = models.CharField(max_length=20)
    address = models.GenericIPAddressField()

    class Meta:
        indexes = [
            indexes.SpGistIndex(fields=["span"]),
            indexes.SpGistIndex(fields=["name"], fillfactor=60, name="zoo_spgist_fill"),
            indexes.SpGistIndex(fields=["span"], include=["name"], name="zoo_spgist_with"),
            indexes.SpGistIndex(fields=["address"], name="zoo_spgist_inet"),
        ]


class Bloom(models.Model):
    a = models.IntegerField()
    b = models.IntegerField()
    c = models.TextField()

    class Meta:
        indexes = [
            indexes.BloomIndex(fields=["a", "b"]),
            indexes.BloomIndex(
                fields=["a", "b", "c"], length=64, columns=[2, 3, 4], name="zoo_bloom_columns"
            ),
        ]


class Trigrams(models.Model):
    """Operator classes of extensions, in a schema of their own and not."""

    name = models.CharField(max_length=20)
    mail = models.EmailField(db_collation="C")

    class Meta:
        indexes = [
            indexes.GinIndex(
                fields=["name", "mail"],
                opclasses=["gin_trgm_ops", "gin_trgm_ops"],
                name="zoo_trigrams_both",
            ),
        ]
