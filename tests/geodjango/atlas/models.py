"""Every sort of spatial field, and what can be stated on one."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Centroid, Transform
from django.contrib.gis.geos import Point, Polygon
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.indexes import GistIndex, OpClass, SpGistIndex
from django.db.models import F, Index, Q

SQUARE = Polygon(((0, 0), (0, 10), (10, 10), (10, 0), (0, 0)), srid=4326)


class Shapes(models.Model):
    """Each type of geometry."""

    any = models.GeometryField()
    point = models.PointField()
    line = models.LineStringField()
    polygon = models.PolygonField()
    points = models.MultiPointField()
    lines = models.MultiLineStringField()
    polygons = models.MultiPolygonField()
    collection = models.GeometryCollectionField()


class Systems(models.Model):
    """Coordinates of other systems than longitude and latitude."""

    web = models.PointField(srid=3857)
    lambert = models.PolygonField(srid=2154, null=True, blank=True)
    unknown = models.PointField(srid=0)
    any_web = models.GeometryField(srid=3857, spatial_index=False)


class Solids(models.Model):
    """Three dimensions, whose index has an operator class of its own."""

    point = models.PointField(dim=3)
    line = models.LineStringField(dim=3, srid=3857)
    polygons = models.MultiPolygonField(dim=3, spatial_index=False)
    any = models.GeometryField(dim=3)
    around = models.PointField(dim=3, geography=True)


class Globe(models.Model):
    """Geographies, which reckon on the sphere."""

    place = models.PointField(geography=True)
    area = models.PolygonField(geography=True, spatial_index=False)
    any = models.GeometryField(geography=True, null=True)
    routes = models.MultiLineStringField(geography=True)


class Unindexed(models.Model):
    place = models.PointField(spatial_index=False)
    other = models.PointField(spatial_index=False, db_index=True)
    named = models.PointField(db_column="where it is")


class Coverage(models.Model):
    """Rasters, which an extension beside postgis brings."""

    raster = models.RasterField()
    unindexed = models.RasterField(spatial_index=False, srid=3857, null=True)


class Indexed(models.Model):
    """Indexes and constraints that Meta states."""

    place = models.PointField(spatial_index=False)
    area = models.PolygonField()
    height = models.PointField(dim=3, spatial_index=False)
    kind = models.CharField(max_length=10)

    class Meta:
        indexes: ClassVar = [
            GistIndex(fields=["place"], name="indexed_place"),
            GistIndex(fields=["height"], name="indexed_nd", opclasses=["gist_geometry_ops_nd"]),
            SpGistIndex(fields=["area"], name="indexed_spgist"),
            GistIndex(Transform("place", 3857), name="indexed_web"),
            GistIndex(OpClass(Centroid("area"), "gist_geometry_ops_2d"), name="indexed_centre"),
            GistIndex(fields=["area"], name="indexed_big", condition=Q(kind="big")),
            Index(fields=["kind"], name="indexed_kind", include=["place"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(area__isvalid=True), name="indexed_valid"),
            models.CheckConstraint(condition=Q(place__within=SQUARE), name="indexed_within"),
            ExclusionConstraint(
                name="indexed_apart",
                expressions=[("area", "&&")],
                condition=Q(kind="plot"),
            ),
            models.UniqueConstraint(fields=["place", "kind"], name="indexed_once"),
        ]


class Derived(models.Model):
    """What the database computes itself."""

    area = models.PolygonField()
    centre = models.GeneratedField(
        expression=Centroid("area"), output_field=models.PointField(), db_persist=True
    )
    start = models.PointField(db_default=Point(1, 2, srid=4326))
    again = models.PointField(default=Point(3, 4, srid=4326))


class Region(models.Model):
    """A parent, in a schema of its own."""

    border = models.MultiPolygonField()
    neighbours = models.ManyToManyField("self")

    class Meta:
        db_table = '"app"."region"'


class Country(Region):
    capital = models.PointField(unique=True)
    within = models.ForeignKey(Region, models.CASCADE, null=True, related_name="+")


class Settlement(models.Model):
    position = models.PointField()

    class Meta:
        abstract = True


class Town(Settlement):
    box = models.PolygonField(db_comment="a box", null=True)


class Seen(models.Model):
    """A table that Django did not make."""

    place = models.PointField()
    moved = models.GeneratedField(
        expression=Transform(F("place"), 3857),
        output_field=models.PointField(srid=3857),
        db_persist=True,
    )

    class Meta:
        managed = False
        db_table = "seen_by_hand"
