"""The pages."""

import os

from django.contrib.auth import authenticate
from django.http import HttpResponse, JsonResponse
from django.urls import path


def is_superuser(request):
    user = authenticate(request, username=request.GET["username"], password=request.GET["password"])
    return JsonResponse({"superuser": user is not None and user.is_superuser})


urlpatterns = [
    path("", lambda request: HttpResponse("Django is here\n")),
    path("env", lambda request: JsonResponse(dict(os.environ))),
    path("healthz", lambda request: HttpResponse("")),
    path("superuser", is_superuser),
]
