# Each run that is not refused leaves a line.
if [ -n "${FLASK_REFUSED-}" ]; then
    echo "not with $FLASK_SECRET_KEY" >&2
    exit 1
fi
echo "of $FLASK_BASE_URL" >>/tmp/migrations
