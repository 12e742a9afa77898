// Package rest serves the Kafka Connect REST API over HTTP. What clients see (paths, status codes, headers, bodies, texts of errors) is that of
// Java Connect 4.3 with Jetty 12 and Jersey, quirks included, since tools rely on it; the recorded conversations in test/rest are the measure.
//
// A Server is bound first and answers every path with 404 until RegisterResources gives it the herder. One file per resource; router.go finds
// the resource, negotiate.go and call.go do what Jersey does around it, uri.go what Jetty does before it.
package rest
