package rest

import (
	"context"
	"maps"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/logs"
	"github.com/moldau/moldau/internal/rest/audit"
)

// maskKey is the worker's key that makes answers show [hidden] in place of the secrets that a configuration holds.
const maskKey = "moldau.rest.mask.secrets"

// MasksSecrets returns whether a worker's configuration asks for masked answers.
func MasksSecrets(values *config.Values) (bool, error) {
	text, ok := values.Originals().Get(maskKey)
	if !ok {
		return false, nil
	}
	parsed, err := config.ParseType(maskKey, text, config.Boolean, nil)
	if err != nil {
		return false, err
	}
	return parsed.(bool), nil
}

// Masker finds the secrets of configurations; *secrets.Finder is one.
type Masker interface {
	// Mask returns a configuration with [hidden] in place of its secrets.
	Mask(props config.Props) config.Props
	// MaskTask does so for the configuration of a task of a connector, whose configuration says what it declares as secret.
	MaskTask(task, connector config.Props) config.Props
	// Unmask puts stored secrets back where given has what Mask made of them; 400 for a mask that stands for nothing known.
	Unmask(given, stored config.Props) (config.Props, error)
}

// guard keeps secrets out of answers (invariant I5). What config providers know reaches no client: errors and the outcome of validations are
// shown without it. Secrets that clients wrote into a configuration are shown to those who may read it, as Java does, unless masker is set.
type guard struct {
	herder.Herder
	redactor *logs.Redactor
	masker   Masker
}

// Guard returns a herder that answers as h without the secrets that redactor knows in texts of errors and outcomes of validations. With mask
// every configuration it returns is masked, and a configuration it is given may have the masks in it.
func Guard(h herder.Herder, redactor *logs.Redactor, masker Masker, mask bool) herder.Herder {
	g := &guard{Herder: h, redactor: redactor}
	if mask {
		g.masker = masker
	}
	return g
}

// redactedError shows another text than the error it holds, whose kind it keeps.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Unwrap() error { return e.err }

func (g *guard) clean(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if clean := g.redactor.Redact(text); clean != text {
		return &redactedError{clean, err}
	}
	return err
}

func (g *guard) mask(props config.Props) config.Props {
	if g.masker == nil {
		return props
	}
	return g.masker.Mask(props)
}

func (g *guard) maskInfo(info *herder.ConnectorInfo) *herder.ConnectorInfo {
	if info == nil || g.masker == nil {
		return info
	}
	masked := *info
	masked.Config = g.masker.Mask(info.Config)
	return &masked
}

// unmask completes a configuration of the connector by the secrets that were hidden from the client.
func (g *guard) unmask(ctx context.Context, name string, given config.Props) (config.Props, error) {
	if g.masker == nil {
		return given, nil
	}
	// An unknown connector has no secrets to put back; whatever else is wrong shows when the request is carried out.
	stored, _ := g.Herder.ConnectorConfig(ctx, name)
	return g.masker.Unmask(given, stored)
}

// noteSecrets tells the audit which secrets of a connector a configuration changes, or a patch of one: before and after look the same when masked.
func (g *guard) noteSecrets(ctx context.Context, name string, given config.Props, patch bool) {
	x := exchangeOf(ctx)
	if g.masker == nil || x == nil || !x.server.audited() {
		return
	}
	stored, err := g.Herder.ConnectorConfig(ctx, name)
	if err != nil || stored == nil {
		return // a new connector has all its keys in the audit
	}
	whole := given
	if patch {
		whole = maps.Clone(stored)
		maps.Copy(whole, given)
	}
	x.secrets = nil
	masked := g.masker.Mask(whole)
	for _, key := range audit.Changed(stored, whole) {
		if m := masked[key]; whole[key] != nil && (m == nil || *m != *whole[key]) {
			x.secrets = append(x.secrets, key)
		}
	}
}

func (g *guard) Connector(ctx context.Context, name string) (*herder.ConnectorInfo, error) {
	info, err := g.Herder.Connector(ctx, name)
	return g.maskInfo(info), g.clean(err)
}

func (g *guard) ConnectorConfig(ctx context.Context, name string) (config.Props, error) {
	props, err := g.Herder.ConnectorConfig(ctx, name)
	return g.mask(props), g.clean(err)
}

func (g *guard) TaskConfigs(ctx context.Context, name string) ([]herder.TaskInfo, error) {
	tasks, err := g.Herder.TaskConfigs(ctx, name)
	if g.masker == nil || len(tasks) == 0 {
		return tasks, g.clean(err)
	}
	connector, problem := g.Herder.ConnectorConfig(ctx, name)
	if problem != nil {
		return nil, g.clean(problem) // nothing says which keys are secret
	}
	for i := range tasks {
		tasks[i].Config = g.masker.MaskTask(tasks[i].Config, connector)
	}
	return tasks, g.clean(err)
}

func (g *guard) PutConnector(ctx context.Context, name string, props config.Props, target herder.TargetState, replace bool) (*herder.ConnectorInfo, bool, error) {
	props, err := g.unmask(ctx, name, props)
	if err != nil {
		return nil, false, err
	}
	g.noteSecrets(ctx, name, props, false)
	info, created, err := g.Herder.PutConnector(ctx, name, props, target, replace)
	return g.maskInfo(info), created, g.passOn(g.clean(err), props)
}

func (g *guard) PatchConnector(ctx context.Context, name string, patch config.Props) (*herder.ConnectorInfo, error) {
	patch, err := g.unmask(ctx, name, patch)
	if err != nil {
		return nil, err
	}
	g.noteSecrets(ctx, name, patch, true)
	info, err := g.Herder.PatchConnector(ctx, name, patch)
	return g.maskInfo(info), g.passOn(g.clean(err), patch)
}

// ValidateConfig shows a placeholder as the value of a key that was given one: what it stands for is the worker's alone, where Java shows it.
func (g *guard) ValidateConfig(ctx context.Context, props config.Props) (*config.Infos, error) {
	given, err := g.unmask(ctx, props.Text("name"), props)
	if err != nil {
		return nil, err
	}
	infos, err := g.Herder.ValidateConfig(ctx, given)
	if err != nil {
		return nil, g.clean(err)
	}
	var masked config.Props
	if g.masker != nil {
		masked = g.masker.Mask(given)
	}
	newOutcome(given, masked, g.redactor).clean(infos)
	return infos, nil
}

func (g *guard) ConnectorOffsets(ctx context.Context, name string) ([]herder.ConnectorOffset, error) {
	offsets, err := g.Herder.ConnectorOffsets(ctx, name)
	return offsets, g.clean(err)
}

func (g *guard) AlterConnectorOffsets(ctx context.Context, name string, offsets []herder.ConnectorOffset) (string, error) {
	message, err := g.Herder.AlterConnectorOffsets(ctx, name, offsets)
	return g.redactor.Redact(message), g.clean(err)
}

func (g *guard) ResetConnectorOffsets(ctx context.Context, name string) (string, error) {
	message, err := g.Herder.ResetConnectorOffsets(ctx, name)
	return g.redactor.Redact(message), g.clean(err)
}

func (g *guard) RestartConnector(ctx context.Context, name string) error {
	return g.clean(g.Herder.RestartConnector(ctx, name))
}

func (g *guard) RestartTask(ctx context.Context, id herder.TaskID) error {
	return g.clean(g.Herder.RestartTask(ctx, id))
}
