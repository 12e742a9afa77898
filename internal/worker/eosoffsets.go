package worker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/store"
)

// ownOffsets are the offset topics that connectors have for themselves (offsets.storage.topic), open while something of the connector runs here.
// Tasks of one connector share one, where Java's have clients of their own each.
type ownOffsets struct {
	mu   sync.Mutex
	open map[string]*openOffsets
}

// openOffsets is one of them.
type openOffsets struct {
	users int
	ready chan struct{} // closed once the fields below are set
	err   error
	store *store.ConnectorOffsets
	topic *store.OffsetTopic
	admin *kafka.Admin
}

func (o *openOffsets) close() {
	if o.store != nil {
		o.store.Wait()
	}
	if o.topic != nil {
		o.topic.Close()
	}
	if o.admin != nil {
		o.admin.Close()
	}
}

// sourceStore is where a source connector's offsets are.
type sourceStore struct {
	store.OffsetStore
	// transactional is the same for writes in transactions, nil in standalone mode.
	transactional *store.ConnectorOffsets
	release       func()
}

// settle waits until what was written is copied to the worker's topic too, at most as long as limit: a copy that came after the tombstones of a reset
// would bring offsets back.
func (s sourceStore) settle(ctx context.Context, limit time.Duration) error {
	if s.transactional == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return s.transactional.Settle(ctx)
}

// offsetsOf returns the offset store of a source connector, which the caller releases. It may block on Kafka until ctx ends.
func (w *Worker) offsetsOf(ctx context.Context, name string, props map[string]string) (sourceStore, error) {
	if w.cfg.Group == nil {
		return sourceStore{OffsetStore: w.cfg.Offsets, release: func() {}}, nil // the key means nothing in standalone mode
	}
	topic, same, own := w.clients().OwnOffsetTopic(name, props, w.cfg.Group.Topic.Name, w.exactlyOnce())
	if !own {
		s := store.NewConnectorOffsets(w.cfg.Group.Offsets, nil, w.cfg.Logger)
		return sourceStore{OffsetStore: w.cfg.Offsets, transactional: s, release: func() {}}, nil
	}
	o, key, err := w.openOwn(ctx, name, props, topic, same)
	if err != nil {
		return sourceStore{}, err
	}
	return sourceStore{OffsetStore: o.store, transactional: o.store, release: sync.OnceFunc(func() { w.own.release(key, o) })}, nil
}

// openOwn opens a connector's own offset topic, or returns the one that is open; alone says that it is the worker's topic too, so that there is no
// other to fall back to.
func (w *Worker) openOwn(ctx context.Context, name string, props map[string]string, topic string, alone bool) (*openOffsets, string, error) {
	clients := w.clients()
	consumer := clients.OffsetsConsumer(name, nil, props, w.exactlyOnce())
	admin := clients.ConnectorAdmin(name, props)
	var producer kafka.Settings
	if !w.exactlyOnce() {
		producer = clients.OffsetsProducer(name, props)
	}
	key := fingerprint(name, topic, consumer.Properties, admin.Properties, producer.Properties)
	for {
		w.own.mu.Lock()
		o := w.own.open[key]
		first := o == nil
		if first {
			o = &openOffsets{ready: make(chan struct{})}
			if w.own.open == nil {
				w.own.open = map[string]*openOffsets{}
			}
			w.own.open[key] = o
		}
		o.users++
		w.own.mu.Unlock()
		if first {
			for _, warning := range consumer.Warnings {
				w.cfg.Logger.Warn(warning, "connector", name)
			}
			o.err = w.fillOwn(ctx, o, name, topic, alone, consumer, admin, producer)
			close(o.ready)
		}
		select {
		case <-o.ready:
		case <-ctx.Done():
			w.own.release(key, o)
			return nil, "", ctx.Err()
		}
		if o.err == nil {
			return o, key, nil
		}
		w.own.fail(key, o)
		if first || ctx.Err() != nil {
			return nil, "", o.err
		}
		// Who opened it has given up, maybe since it was stopped: the next one tries.
	}
}

func (w *Worker) fillOwn(ctx context.Context, o *openOffsets, name, topic string, alone bool, consumer, admin, producer kafka.Settings) (err error) {
	defer func() {
		if err != nil {
			o.close()
		}
	}()
	if o.admin, err = w.cfg.Kafka.NewAdmin(ctx, admin.Source, admin.Properties); err != nil {
		return err
	}
	description := w.cfg.Group.Topic
	description.Name = topic
	logger := w.cfg.Logger.With("connector", name)
	o.topic, err = store.OpenOffsets(ctx, store.LogConfig{Topic: description, Environment: w.cfg.Kafka, Admin: o.admin, Producer: producer, Consumer: consumer,
		Property: "offsets.storage.topic", Purpose: "source connector offsets", Logger: logger})
	if err != nil {
		return fmt.Errorf("offset topic %s of connector %s: %w", topic, name, err)
	}
	var below store.OffsetStore
	if !alone {
		below = w.cfg.Offsets
	}
	o.store = store.NewConnectorOffsets(o.topic, below, logger)
	return nil
}

// release gives up a use of an open topic; the last one closes it, in the background, for a copy to the worker's topic may be under way.
func (s *ownOffsets) release(key string, o *openOffsets) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.users--; o.users > 0 || s.open[key] != o {
		return
	}
	delete(s.open, key)
	go o.close()
}

// fail forgets one that could not be opened.
func (s *ownOffsets) fail(key string, o *openOffsets) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[key] == o {
		delete(s.open, key)
	}
}

// fingerprint is the same for the same clients only.
func fingerprint(name, topic string, maps ...map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q", name, topic)
	for _, m := range maps {
		keys := make([]string, 0, len(m))
		for k := range m {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		b.WriteString("\n")
		for _, k := range keys {
			fmt.Fprintf(&b, "%q=%q ", k, m[k])
		}
	}
	return b.String()
}
