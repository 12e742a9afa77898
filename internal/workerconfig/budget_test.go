package workerconfig

import (
	"testing"

	"github.com/moldau/moldau/connect/config"
)

func TestBudgetKeysAreChecked(t *testing.T) {
	t.Parallel()
	share, processors, memory := "moldau.memory.share", "moldau.cpu.share", "moldau.memory.max.bytes"
	for _, c := range []struct {
		def        *config.Def
		key, value string
		want       string // "" for no error
	}{
		{SinkDef(), share, "1", ""},
		{SourceDef(), share, "1", ""},
		{SinkDef(), share, "0", "Invalid value 0 for configuration moldau.memory.share: Value must be at least 1"},
		{SinkDef(), share, "much", "Invalid value much for configuration moldau.memory.share: Not a number of type INT"},
		{SinkDef(), processors, "0", ""},
		{SourceDef(), processors, "300", ""},
		{SinkDef(), processors, "-1", "Invalid value -1 for configuration moldau.cpu.share: Value must be at least 0"},
		{StandaloneDef(), memory, "0", ""},
		{StandaloneDef(), memory, "67108864000", ""},
		{StandaloneDef(), memory, "-1", "Invalid value -1 for configuration moldau.memory.max.bytes: Value must be at least 0"},
		{DistributedDef(), memory, "64m", "Invalid value 64m for configuration moldau.memory.max.bytes: Not a number of type LONG"},
	} {
		def := config.NewDef(*c.def.Lookup(c.key))
		_, err := def.Parse(config.PropsOf(map[string]string{c.key: c.value}))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s=%s: %q, want %q", c.key, c.value, got, c.want)
		}
		if def.For(config.PropsOf(nil)).Lookup(c.key) != nil || def.For(config.PropsOf(map[string]string{c.key: c.value})).Lookup(c.key) == nil {
			t.Errorf("%s is shown where it is not set, or not where it is", c.key)
		}
	}
}
