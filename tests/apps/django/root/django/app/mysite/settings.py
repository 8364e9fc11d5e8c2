"""The app's settings, from what the charm gives it."""

import json
import os

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
DEBUG = os.environ["DJANGO_DEBUG"] == "true"
ALLOWED_HOSTS = json.loads(os.environ["DJANGO_ALLOWED_HOSTS"])
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "mysite"]
ROOT_URLCONF = "mysite.urls"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["POSTGRESQL_DB_NAME"],
        "USER": os.environ["POSTGRESQL_DB_USERNAME"],
        "PASSWORD": os.environ["POSTGRESQL_DB_PASSWORD"],
        "HOST": os.environ["POSTGRESQL_DB_HOSTNAME"],
        "PORT": os.environ["POSTGRESQL_DB_PORT"],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
