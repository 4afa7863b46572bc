"""The service's addresses."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from authservice import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("auth/register", views.register, name="register"),
    path("auth/login", views.log_in, name="login"),
    path("auth/refresh", views.refresh, name="refresh"),
    path("auth/logout", views.log_out, name="logout"),
    path("auth/me", views.me, name="me"),
    path("auth/two-factor", views.two_factor_enrol, name="two_factor_enrol"),
    path("auth/two-factor/confirm", views.two_factor_confirm, name="two_factor_confirm"),
    path("", include("schema_tools.urls")),
]
