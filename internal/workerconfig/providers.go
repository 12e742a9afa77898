package workerconfig

import (
	"context"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

const providersKey = "config.providers"

// NewProviders makes and configures the config providers that a worker configuration names. A name without a class is passed over, as in Java.
func (p *Plugins) NewProviders(props config.Props) (map[string]connect.ConfigProvider, error) {
	all := map[string]connect.ConfigProvider{}
	closeAll := func() {
		for _, one := range all {
			// The error that stops the worker is the one that counts.
			_ = one.Close()
		}
	}
	for _, name := range strings.Split(props.Text(providersKey), ",") {
		name = strings.TrimSpace(name)
		classKey := providersKey + "." + name + ".class"
		class, ok := props.Get(classKey)
		if name == "" || !ok || all[name] != nil {
			continue
		}
		one, ok := p.registry.Find(connect.KindConfigProvider, strings.TrimSpace(class))
		if !ok {
			closeAll()
			return nil, config.Invalid(classKey, class, "Could not load config provider class or one of its dependencies")
		}
		provider := one.NewConfigProvider()
		if err := provider.Configure(props.WithPrefix(providersKey + "." + name + ".param.").Strings()); err != nil {
			closeAll()
			return nil, err
		}
		all[name] = provider
	}
	return all, nil
}

// ResolveWorker replaces the placeholders of a worker configuration by means of the providers named in it, before anything else reads it.
// observe, where given, is for Transformer.Observe.
func (p *Plugins) ResolveWorker(ctx context.Context, props config.Props,
	observe ...func(props config.Props, values []string)) (config.Props, error) {
	providers, err := p.NewProviders(props)
	if err != nil {
		return nil, err
	}
	t := NewTransformer(providers)
	for _, f := range observe {
		t.Observe(f)
	}
	r, err := t.Transform(ctx, props)
	if closeErr := t.Close(); err == nil {
		err = closeErr
	}
	return r.Props, err
}
