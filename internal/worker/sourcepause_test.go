package worker

import (
	"context"
	"testing"

	"github.com/moldau/moldau/connect"
)

// pausedTask is paused behind its first poll, before the next one.
type pausedTask struct {
	counterTask
	pause  func()
	paused chan struct{}
}

func (p *pausedTask) Lag() (int64, string, bool) {
	p.pause()
	return 0, "records", true
}

func (p *pausedTask) Paused() { p.paused <- struct{}{} }

// TestSourcePausedBetweenPolls pauses a task while no poll is under way whose context could end: it hears of it all the same, once for each pause.
func TestSourcePausedBetweenPolls(t *testing.T) {
	r := newRig(t)
	task := &pausedTask{counterTask: counterTask{topic: "numbers", perPoll: 1, until: 1}, paused: make(chan struct{}, 10)}
	task.pause = func() {
		if err := r.worker.SetTargetState(context.Background(), "src", TargetPaused); err != nil {
			t.Error(err)
		}
	}
	r.source = func() connect.SourceTask { return task }
	r.start()
	r.topic("numbers", 1)
	id := TaskID{Connector: "src", Task: 0}
	if err := r.worker.StartTask(id, sourceProps, map[string]string{}, TargetStarted); err != nil {
		t.Fatal(err)
	}
	r.statuses.awaitTask(t, id, Paused)
	<-task.paused
	for _, state := range []TargetState{TargetStarted, TargetPaused} {
		if err := r.worker.SetTargetState(t.Context(), "src", state); err != nil {
			t.Fatal(err)
		}
		r.statuses.awaitTask(t, id, map[TargetState]State{TargetStarted: Running, TargetPaused: Paused}[state])
	}
	<-task.paused
	if err := r.worker.StopTasks(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if more := len(task.paused); more > 0 {
		t.Errorf("it heard of %d more pauses", more)
	}
}
