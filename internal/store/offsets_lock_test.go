package store

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/moldau/moldau/connect"
)

// slowOffset is an offset of a plugin that does not return.
type slowOffset struct{ asked, release chan struct{} }

func (o slowOffset) Fields() map[string]any {
	close(o.asked)
	<-o.release
	return map[string]any{"p": int64(1)}
}

// TestStuckOffsetHoldsUpNobody wants the offsets of one connector written while another's plugin does not return (I4), and nothing written by
// who was given up meanwhile.
func TestStuckOffsetHoldsUpNobody(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]OffsetStore{"file": open(t, filepath.Join(t.TempDir(), "offsets")), "memory": NewMemoryOffsets()} {
		p := partition(map[string]any{"a": "b"})
		stuck := slowOffset{make(chan struct{}), make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error)
		go func() { result <- s.Set(ctx, "stuck", []OffsetWrite{{p, stuck}}) }()
		<-stuck.asked
		if err := s.Set(t.Context(), "other", []OffsetWrite{{p, connect.OffsetFields{"p": int64(2)}}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		close(stuck.release)
		if err := <-result; err == nil {
			t.Errorf("%s: a write that was given up was made", name)
		}
		if got, err := s.Get(t.Context(), "stuck", []*connect.SourcePartition{p}); err != nil || got[0] != nil {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}
