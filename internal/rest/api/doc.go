// Package api is what Moldau answers beyond Kafka Connect's REST API: everything under /api. Answers are JSON; errors have the form of
// Connect's, with error_code and message.
package api
