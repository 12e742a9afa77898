package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
)

// rememberingHerder keeps the connectors that are made and changed over the REST API in a folder, one file each in the form of the body of
// POST /connectors, so that `moldau dev` has them again at its next start. Java's standalone worker forgets them.
type rememberingHerder struct {
	*herder.Standalone
	dir string
	mu  sync.Mutex // a file is written by one request at a time
}

// file returns where a connector is kept. Any name is possible, so it is escaped.
func (h *rememberingHerder) file(name string) string {
	return filepath.Join(h.dir, url.PathEscape(name)+".json")
}

// restore creates the connectors of the folder. One that cannot be created any more is reported and kept.
func (h *rememberingHerder) restore(ctx context.Context) error {
	if err := os.MkdirAll(h.dir, 0o755); err != nil {
		return err
	}
	files, err := os.ReadDir(h.dir) // sorted; no pattern, since the folder's own name may look like one
	if err != nil {
		return err
	}
	var failed []error
	for _, f := range files {
		if filepath.Ext(f.Name()) != ".json" {
			continue
		}
		path := filepath.Join(h.dir, f.Name())
		c, err := readConnectorFile(path)
		if err == nil {
			_, _, err = h.Standalone.PutConnector(herder.WithoutOthers(ctx), c.name, c.props, c.target, false)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", path, err))
		}
	}
	return errors.Join(failed...)
}

// save writes what is known of the connector; target is the state it shall begin in.
func (h *rememberingHerder) save(ctx context.Context, name string, target herder.TargetState) error {
	props, err := h.ConnectorConfig(ctx, name)
	if err != nil {
		return err
	}
	state := "RUNNING"
	for word, t := range initialStates {
		if t == target {
			state = word
		}
	}
	text, err := json.MarshalIndent(map[string]any{"name": name, "config": props, "initial_state": state}, "", "  ")
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return replaceFile(h.file(name), append(text, '\n'))
}

// keep saves after a change that succeeded. That the change itself holds, but would be forgotten, is an error of its own.
func (h *rememberingHerder) keep(ctx context.Context, name string, target herder.TargetState) error {
	if err := h.save(ctx, name, target); err != nil {
		return fmt.Errorf("connector %s was changed, but the change will not survive a restart: %w", name, err)
	}
	return nil
}

// target returns the state that the connector's file says, RUNNING for one without a file.
func (h *rememberingHerder) target(name string) herder.TargetState {
	if c, err := readConnectorFile(h.file(name)); err == nil && c.target != "" {
		return c.target
	}
	return herder.TargetStarted
}

func (h *rememberingHerder) PutConnector(ctx context.Context, name string, props config.Props, target herder.TargetState, replace bool) (*herder.ConnectorInfo, bool, error) {
	info, created, err := h.Standalone.PutConnector(ctx, name, props, target, replace)
	if err != nil {
		return info, created, err
	}
	if !created || target == "" {
		target = h.target(name)
	}
	return info, created, h.keep(ctx, name, target)
}

func (h *rememberingHerder) PatchConnector(ctx context.Context, name string, patch config.Props) (*herder.ConnectorInfo, error) {
	info, err := h.Standalone.PatchConnector(ctx, name, patch)
	if err != nil {
		return info, err
	}
	return info, h.keep(ctx, name, h.target(name))
}

func (h *rememberingHerder) DeleteConnector(ctx context.Context, name string) error {
	if err := h.Standalone.DeleteConnector(ctx, name); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := os.Remove(h.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("connector %s was deleted, but will be back after a restart: %w", name, err)
	}
	return nil
}

func (h *rememberingHerder) PauseConnector(ctx context.Context, name string) error {
	return h.then(ctx, name, herder.TargetPaused, h.Standalone.PauseConnector(ctx, name))
}

func (h *rememberingHerder) ResumeConnector(ctx context.Context, name string) error {
	return h.then(ctx, name, herder.TargetStarted, h.Standalone.ResumeConnector(ctx, name))
}

func (h *rememberingHerder) StopConnector(ctx context.Context, name string) error {
	return h.then(ctx, name, herder.TargetStopped, h.Standalone.StopConnector(ctx, name))
}

func (h *rememberingHerder) then(ctx context.Context, name string, target herder.TargetState, err error) error {
	if err != nil {
		return err
	}
	return h.keep(ctx, name, target)
}

// replaceFile writes a file so that a crash leaves the old content or the new one.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), strings.TrimSuffix(filepath.Base(path), ".json")+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // it has gone where the rename succeeded
	if _, err = f.Write(text); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
