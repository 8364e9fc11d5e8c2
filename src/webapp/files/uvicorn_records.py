

class UvicornJsonFormatter(JsonFormatter):
    """Knows what is in uvicorn's access log."""

    def request(self, record):
        if record.name != "uvicorn.access" or not isinstance(record.args, tuple) or len(record.args) != 5:
            return {}
        client, method, target, _, status = record.args
        path, _, query = str(target).partition("?")
        return http_attributes(method, path, query, str(client).rpartition(":")[0], status)


class OtelCorrelationFilter(logging.Filter):
    """Gives a record the ids of its span, and an error those of the request that led to it."""

    def filter(self, record):
        ids = active_ids()
        if record.name == "uvicorn.access":
            request_ids.set(ids)
        ids = ids or request_ids.get()
        if ids:
            record.traceId, record.spanId = ids
        return True
