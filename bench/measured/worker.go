package measured

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"
)

// Worker is a running worker in standalone mode.
type Worker struct {
	*Child
	URL     string
	Ready   Usage         // when REST answered
	Started time.Duration // until then
}

// StartWorker starts a worker by a command that takes the file of its properties as its last argument; listeners is added to them.
func StartWorker(name, dir string, props map[string]string, command []string) (*Worker, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	w := &Worker{URL: fmt.Sprintf("http://127.0.0.1:%d", port)}
	var text strings.Builder
	fmt.Fprintf(&text, "listeners=%s\n", w.URL)
	for k, v := range props {
		fmt.Fprintf(&text, "%s=%s\n", k, v)
	}
	file, err := WriteFile(dir, "worker.properties", text.String())
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if w.Child, err = Start(filepath.Join(dir, "out.log"), command[0], append(command[1:], file)...); err != nil {
		return nil, err
	}
	if err := w.Await("start of "+name, 2*time.Minute, time.Millisecond, func() bool { return Answers(w.URL + "/connectors") }); err != nil {
		w.Stop()
		return nil, err
	}
	w.Started = time.Since(began)
	w.Ready, err = Of(w.PID())
	return w, err
}

// Create makes a connector.
func (w *Worker) Create(name string, config map[string]string) error {
	body, err := json.Marshal(map[string]any{"name": name, "config": config})
	if err != nil {
		return err
	}
	resp, err := http.Post(w.URL+"/connectors", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("creating %s: %s: %s", name, resp.Status, text)
	}
	return nil
}
