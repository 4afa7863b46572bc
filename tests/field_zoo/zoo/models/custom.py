"""Fields that bring their own SQL."""

from __future__ import annotations

from django.db import models


class MoneyField(models.DecimalField):
    """A type of the server that Django does not know."""

    def db_type(self, connection: object) -> str:
        return "money"


class MoodField(models.CharField):
    """An enum, made beforehand."""

    def db_type(self, connection: object) -> str:
        return "zoo_mood"


class PositivePairField(models.Field):
    """A domain in a schema of its own, given with a modifier and a check."""

    def db_type(self, connection: object) -> str:
        return "app.positive"

    def db_check(self, connection: object) -> str:
        return f'"{self.column}" <> 13'


class PointField(models.Field):
    """A type with a check, told in the one way that is for both."""

    def db_parameters(self, connection: object) -> dict[str, str | None]:
        return {"type": "point", "check": f'"{self.column}"[0] > 0'}


class FixedField(models.Field):
    def db_type(self, connection: object) -> str:
        return "char(8)"


class BitsField(models.Field):
    def db_type(self, connection: object) -> str:
        return "varbit(12)"


class SerialField(models.IntegerField):
    """A column that numbers itself without being the key."""

    def db_type(self, connection: object) -> str:
        return "serial"


class SuffixedField(models.IntegerField):
    """A column with words of its own after the type."""

    def db_type_suffix(self, connection: object) -> str:
        return "GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5)"


class ColumnlessField(models.Field):
    """A field without a column."""

    def db_type(self, connection: object) -> None:
        return None


class Custom(models.Model):
    price = MoneyField(max_digits=9, decimal_places=2)
    mood = MoodField(max_length=9)
    pair = PositivePairField()
    point = PointField()
    fixed = FixedField()
    bits = BitsField(null=True)
    nowhere = ColumnlessField()


class Numbered(models.Model):
    row = SerialField()


class Suffixed(models.Model):
    row = SuffixedField(unique=True)


class MoodKey(models.Model):
    mood = MoodField(max_length=9, primary_key=True)


class PointsToMood(models.Model):
    mood = models.ForeignKey(MoodKey, models.CASCADE)
