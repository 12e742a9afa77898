package herder

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/worker"
	"github.com/moldau/moldau/internal/workerconfig"
)

// rotating is a provider whose values change and end.
type rotating struct {
	fakeProvider
	mu     sync.Mutex
	values map[string]string
	err    error
	asked  int
}

func (p *rotating) Get(context.Context, string, []string) (connect.ConfigData, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	return connect.ConfigData{Values: maps.Clone(p.values), TTL: time.Hour}, p.err
}

func (p *rotating) set(value string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.values, p.err, p.asked = map[string]string{"key": value}, err, 0
}

func TestChangedValuesRestartWhatUsesThem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, f := newHerder(t, fakeValidator{}, 0)
		v := &rotating{}
		v.set("one", nil)
		h.transformer = workerconfig.NewTransformer(map[string]connect.ConfigProvider{"v": v})
		for _, name := range []string{"c", "frozen", "plain"} {
			p := source(name)
			p.Set("password", "${v:path:key}")
			switch name {
			case "frozen":
				p.Set("config.action.reload", "none")
			case "plain":
				p.Set("password", "literal")
			}
			if _, _, err := h.PutConnector(t.Context(), name, p, "", false); err != nil {
				t.Fatal(err)
			}
		}
		f.taken()
		after := func(d time.Duration) []string {
			time.Sleep(d)
			synctest.Wait()
			return f.taken()
		}
		if calls := after(time.Hour); len(calls) > 0 || v.asked == 0 {
			t.Errorf("nothing changed: %v", calls)
		}
		v.set("one", errors.New("sealed"))
		if calls := after(time.Hour); len(calls) > 0 || v.asked == 0 {
			t.Errorf("the provider is away: %v", calls)
		}
		v.set("two", nil)
		calls := after(retryReload)
		for _, want := range []string{"stop c", "start c"} {
			if !has(calls, want) {
				t.Errorf("no %s in %v", want, calls)
			}
		}
		for _, calm := range []string{"stop frozen", "start frozen", "stop plain", "start plain"} {
			if has(calls, calm) {
				t.Errorf("%s in %v", calm, calls)
			}
		}
		id := worker.TaskID{Connector: "c"}
		if f.props["c"]["password"] != "two" || f.tasks[id]["password"] != "two" {
			t.Errorf("the connector runs with %q, its task with %q", f.props["c"]["password"], f.tasks[id]["password"])
		}
		if f.props["frozen"]["password"] != "one" {
			t.Errorf("a connector with config.action.reload=none got %q", f.props["frozen"]["password"])
		}
		if calls := after(time.Hour); len(calls) > 0 {
			t.Errorf("nothing changed again: %v", calls)
		}
		if err := h.StopConnector(t.Context(), "c"); err != nil {
			t.Error(err)
		}
		if err := h.DeleteConnector(t.Context(), "c"); err != nil {
			t.Error(err)
		}
		f.taken()
		v.set("three", nil)
		if calls := after(2 * time.Hour); len(calls) > 0 {
			t.Errorf("a deleted connector is restarted: %v", calls)
		}
		stop(t, h)
	})
}

func TestFingerprintsTellConfigurationsApart(t *testing.T) {
	t.Parallel()
	seen := map[[32]byte]int{}
	for i, all := range [][]config.Props{
		nil, {{}}, {{}, {}}, {{"a": nil}}, {config.PropsOf(map[string]string{"a": ""})}, {config.PropsOf(map[string]string{"a": "b"})},
		{config.PropsOf(map[string]string{"a": "b", "c": ""})}, {config.PropsOf(map[string]string{"a": "", "b": "c"})},
		{config.PropsOf(map[string]string{"a": "b"}), {}}, {{}, config.PropsOf(map[string]string{"a": "b"})},
	} {
		print := fingerprint(all)
		if other, ok := seen[print]; ok {
			t.Errorf("%d and %d are the same", other, i)
		}
		seen[print] = i
	}
	a, b := config.PropsOf(map[string]string{"x": "1", "y": "2"}), config.PropsOf(map[string]string{"y": "2", "x": "1"})
	if fingerprint([]config.Props{a}) != fingerprint([]config.Props{b}) {
		t.Error("the order of keys counts")
	}
}

// hasty is a provider whose values end at once.
type hasty struct {
	fakeProvider
	asked int
}

func (p *hasty) Get(context.Context, string, []string) (connect.ConfigData, error) {
	p.asked++
	return connect.ConfigData{Values: map[string]string{"key": "one"}, TTL: time.Millisecond}, nil
}

func TestProvidersAreNotAskedAllTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &hasty{}
		transformer := workerconfig.NewTransformer(map[string]connect.ConfigProvider{"v": p})
		props := source("c")
		props.Set("password", "${v:path:key}")
		var r *reloads
		r = newReloads(func() *workerconfig.Transformer { return transformer }, func(u user) {
			if changed, err := r.changed(t.Context(), u, props); changed || err != nil {
				t.Errorf("got %v, %v", changed, err)
			}
		})
		first, err := r.resolve(t.Context(), props)
		if err != nil {
			t.Fatal(err)
		}
		r.watch(user{"c", isConnector}, first)
		const span = 10
		time.Sleep(span*shortestReload + shortestReload/2)
		synctest.Wait()
		r.stop()
		if p.asked != 1+span {
			t.Errorf("asked %d times", p.asked)
		}
	})
}
