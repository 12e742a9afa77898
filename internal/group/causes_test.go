package group

import "testing"

// A leader can say why its group meets: who came, who went, what changed.
func TestCausesOfRebalances(t *testing.T) {
	t.Parallel()
	w := newTeam(t, embedded(t), nil)
	w.configure(fourConnectors)
	one := w.start("one")
	counted := func(c Cause) func() bool { return func() bool { return one.Stats().Causes[c] > 0 } }
	w.await("the first holds all", w.balanced)
	two := w.start("two")
	w.await("two share the work", w.balanced)
	w.await("it was because one joined", counted(MemberJoined))
	w.await("and work was revoked for it", counted(WorkRevoked))
	w.configure(map[string]int{"a": 1, "e": 6})
	w.await("two share other work", w.balanced)
	w.await("it was because of configurations", counted(Configuration))
	two.stop()
	w.await("one holds all again", w.balanced)
	w.await("it was because one left", counted(MemberLeft))
	var sum int64
	s := one.Stats()
	for _, n := range s.Causes {
		sum += n
	}
	if sum != s.Rebalances || s.Causes[WorkerStarted] != 1 {
		t.Errorf("%d rebalances because of %v", s.Rebalances, s.Causes)
	}
}
