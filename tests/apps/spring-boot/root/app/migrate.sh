# Each run leaves a line.
echo "of $APP_BASE_URL" >>/tmp/migrations
