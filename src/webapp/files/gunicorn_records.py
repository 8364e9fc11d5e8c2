

from gunicorn.instrument.statsd import Statsd


class GunicornJsonFormatter(JsonFormatter):
    """Knows what is in gunicorn's access log: its atoms."""

    def format(self, record):
        ids = active_ids() or request_ids.get()
        if ids:
            record.traceId, record.spanId = ids
        return super().format(record)

    def body(self, record):
        try:
            return record.getMessage()
        except Exception:
            if record.name != "gunicorn.access":
                return str(record.msg)
            return '%s "%s" %s' % (record.args["h"], record.args["r"], record.args["s"])

    def request(self, record):
        atoms = record.args
        if record.name != "gunicorn.access" or not isinstance(atoms, dict):
            return {}

        def atom(name):
            value = atoms[name]
            # Gunicorn escapes quotes, and says "-" for nothing.
            return None if value in (None, "-") else str(value).replace('\\"', '"')

        path, query, status = atom("U"), atom("q"), atom("s")
        if path is None:
            # Of a request whose handling failed gunicorn knows the first line only.
            path, _, query = (atoms["r"].split(" ") + [""])[1].partition("?")
        status = int(status) if status and status.isdigit() else status
        attributes = http_attributes(atom("m"), path, query, atom("h"), status)
        attributes["duration_ms"] = atoms["D"] / 1000
        request = atom("{x-request-id}i")
        if request:
            attributes["http.request.header.x-request-id"] = request
        return attributes


class GunicornJsonLogger(Statsd):
    """Gunicorn's logger that counts for statsd, with lines of JSON."""

    def setup(self, cfg):
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(GunicornJsonFormatter())


class OtelSpanMiddleware:
    """Remembers the span in which the app starts its response, for the access log that is written after it."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        request_ids.set(None)

        def start(*arguments, **options):
            request_ids.set(active_ids())
            return start_response(*arguments, **options)

        return self.app(environ, start)


logger_class = GunicornJsonLogger
