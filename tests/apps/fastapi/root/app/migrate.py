"""Each run leaves a line."""

import os

with open("/tmp/migrations", "a") as file:
    print(f"of {os.environ['APP_BASE_URL']}", file=file)
