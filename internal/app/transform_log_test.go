package app

import (
	"bytes"
	"strings"
	"testing"

	"github.com/moldau/moldau/internal/logs"
)

func TestWarningsOfTransformHideSecrets(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &program{errOut: &out, redactor: logs.NewRedactor()}
	log := p.warnings()
	p.redactor.Keep("pl4nted-secret")
	log.Warn("the service refused pl4nted-secret", "token", "pl4nted-secret")
	if text := out.String(); strings.Contains(text, "pl4nted") || !strings.Contains(text, "the service refused [hidden]") {
		t.Errorf("got %s", text)
	}
}
