# As the rock has it; the charm writes its own over it.
bind = ["0.0.0.0:8000"]
chdir = "/django/app"
statsd_host = "localhost:9125"
