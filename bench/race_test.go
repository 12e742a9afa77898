//go:build race

package bench

// raceDetector is on: pools drop objects at random then, so allocations are no measure.
const raceDetector = true
