package worker

import (
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/metrics"
)

// sourceLag knows when the task was last asked how far it is behind.
type sourceLag struct {
	at     time.Time
	behind bool
}

// lagRhythm is how often a task that has read all is asked how far it is behind. While it is behind it is asked after each poll: when the next one
// waits for data, what it said last shall hold.
const lagRhythm = time.Second

// noteAge notes how old the newest record of a poll is, and how far the task is behind where it can tell.
func (s *sourceTask) noteAge(now time.Time, records []connect.Record) {
	if len(records) == 0 {
		return
	}
	if t := records[len(records)-1].Timestamp; t > 0 {
		s.figures.SourceAge(now.Sub(time.UnixMilli(t)))
	}
	task, ok := s.task.(connect.LagReporter)
	if !ok || !s.lag.behind && now.Sub(s.lag.at) < lagRhythm {
		return
	}
	s.lag.at = now
	if amount, unit, known := task.Lag(); known {
		s.lag.behind = amount > 0
		s.figures.SourceBehind(metrics.Behind{Amount: amount, Unit: unit})
	}
}
