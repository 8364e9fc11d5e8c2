"""The app's settings, from what the charm gives it. The data is this unit's own: no server is needed to try it."""

import json
import os

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
DEBUG = os.environ["DJANGO_DEBUG"] == "true"
ALLOWED_HOSTS = json.loads(os.environ["DJANGO_ALLOWED_HOSTS"])
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "mysite"]
ROOT_URLCONF = "mysite.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/tmp/data.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
