# Each run leaves a line.
echo "of $FLASK_BASE_URL" >>/tmp/migrations
