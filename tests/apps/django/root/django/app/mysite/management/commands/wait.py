"""A worker or a scheduler: it waits."""

import signal

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, *args, **options):
        signal.pause()
