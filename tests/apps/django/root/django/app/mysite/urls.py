"""The pages."""

import os

import psycopg
from django.contrib.auth import authenticate
from django.http import HttpResponse, JsonResponse
from django.urls import path


def is_superuser(request):
    user = authenticate(request, username=request.GET["username"], password=request.GET["password"])
    return JsonResponse({"superuser": user is not None and user.is_superuser})


def use_database(request):
    """By the one variable that holds it all: who it is there, where, and how many migrations there were."""
    with psycopg.connect(os.environ["POSTGRESQL_DB_CONNECT_STRING"]) as connection:
        found = connection.execute("SELECT current_user, current_database(), count(*) FROM django_migrations")
        user, place, migrations = found.fetchone()
    return JsonResponse({"user": user, "place": place, "migrations": migrations})


urlpatterns = [
    path("", lambda request: HttpResponse("Django is here\n")),
    path("env", lambda request: JsonResponse(dict(os.environ))),
    path("healthz", lambda request: HttpResponse("")),
    path("postgresql", use_database),
    path("superuser", is_superuser),
]
