package validation

import (
	"context"
	"errors"
	"time"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/herder"
)

// connectTime bounds the test of a connection, so that who stores a configuration does not wait long for a system that does not answer.
const connectTime = 10 * time.Second

// checkConnection adds what the connector finds out when it connects. A configuration that is to be stored is refused only for what the other
// system answered: one that cannot be reached now may be there when the connector runs.
func checkConnection(ctx context.Context, tester connect.ConnectionTester, props config.Props, purpose herder.Purpose, checked *config.Checked) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	err := tester.TestConnection(ctx, props.Strings())
	if err == nil || purpose == herder.ToStore && connect.ClassOf(err) != connect.BadConfig {
		return
	}
	const class = "connector.class"
	key := class
	if e, ok := errors.AsType[*connect.Error](err); ok && e.Key != "" {
		key = e.Key
	}
	value := checked.Value(key)
	if key == class {
		value.Value = props.Text(class) // this value takes the place of the common one
	}
	value.AddError(err.Error())
}
