"""The addresses: ``path("", include("schema_tools.urls"))``."""

from __future__ import annotations

from django.urls import path

from schema_tools import views

app_name = "schema_tools"

urlpatterns = [
    path("health/schema", views.health, name="health"),
    path("health/schema/", views.health),
]
