//go:build tools

// Package statsd pins the statsd exporter that rocks of Flask and Django carry.
package statsd

import _ "github.com/prometheus/statsd_exporter"
