# Log records as lines of JSON, in the words of OpenTelemetry's log data model.
import contextvars
import datetime
import json
import logging

try:
    from opentelemetry import trace as opentelemetry_trace
except ImportError:
    opentelemetry_trace = None

SEVERITIES = {"WARNING": "WARN", "CRITICAL": "FATAL"}

# The ids of the request's span. It has ended when the server itself logs what became of the request.
request_ids = contextvars.ContextVar("request_ids", default=None)


def active_ids():
    """Trace and span id of the active span in hexadecimal digits, or None."""
    if opentelemetry_trace is None:
        return None
    context = opentelemetry_trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return format(context.trace_id, "032x"), format(context.span_id, "016x")


class JsonFormatter(logging.Formatter):
    """One line of JSON for each record."""

    def format(self, record):
        moment = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc)
        line = {
            "timestamp": moment.isoformat(timespec="microseconds"),
            "severityText": SEVERITIES.get(record.levelname, record.levelname),
            "body": self.body(record),
        }
        if getattr(record, "traceId", None):
            line["traceId"], line["spanId"] = record.traceId, record.spanId
        attributes = {"logger.name": record.name}
        attributes.update(self.request(record))
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, _ = record.exc_info
            attributes["exception.type"] = kind.__name__
            attributes["exception.message"] = str(error)
            attributes["exception.stacktrace"] = self.formatException(record.exc_info)
        line["attributes"] = attributes
        return json.dumps(line, default=str)

    def body(self, record):
        """The text; as it was written where what should fill its gaps does not fit."""
        try:
            return record.getMessage()
        except Exception:
            return str(record.msg)

    def request(self, record):
        """What the record says of an HTTP request."""
        return {}


def http_attributes(method, path, query, client, status):
    attributes = {
        "http.request.method": method,
        "url.path": path,
        "url.query": query,
        "client.address": client,
        "http.response.status_code": status,
    }
    return {name: value for name, value in attributes.items() if value not in (None, "")}
