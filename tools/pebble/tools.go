//go:build tools

// Package tools pins the Pebble daemon that minijuju and the tests run: `go mod tidy` keeps what a blank import names.
// It is built with `go build`, since `go install …@version` would ask for the list of versions.
package tools

import _ "github.com/canonical/pebble/cmd/pebble"
