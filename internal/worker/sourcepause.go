package worker

import "github.com/moldau/moldau/connect"

// tellPaused tells a task that wants to know, which may be between two polls when it is paused.
func (s *sourceTask) tellPaused() error {
	task, ok := s.task.(connect.PauseHearer)
	if !ok {
		return nil
	}
	return s.call("Paused", func() error {
		task.Paused()
		return nil
	})
}
