package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
)

// link is one transformation of a chain with the predicate that guards it.
type link struct {
	transformation connect.Transformation
	class          string
	predicate      connect.Predicate
	negate         bool
	programs       programs
}

// chain is the transformations of a connector in order, made for one task.
type chain struct {
	links      []link
	predicates map[string]connect.Predicate

	prepares []int             // the links that prepare, see advance
	together []*connect.Record // scratch for them
}

// newChain makes and configures the transformations and predicates of a connector configuration. Errors have the form in which Java
// reports them in a task's status (ConnectorConfig.transformationStages).
func newChain(plugins Plugins, props map[string]string) (*chain, error) {
	r := propsReader{props: props}
	c := &chain{predicates: map[string]connect.Predicate{}}
	for _, alias := range r.list("transforms") {
		prefix := "transforms." + alias + "."
		class := props[prefix+"type"]
		plugin, ok := plugins.Find(connect.KindTransformation, class)
		if !ok || plugin.NewTransformation == nil {
			return nil, c.abandon(unknownClass(prefix+"type", class))
		}
		l := link{transformation: plugin.NewTransformation(), class: plugin.Class, negate: r.boolean(prefix+"negate", false)}
		if err := configured(func() error { return l.transformation.Configure(below(props, prefix)) }); err != nil {
			return nil, c.abandon(err)
		}
		c.links = append(c.links, l)
		if name, ok := props[prefix+"predicate"]; ok {
			p, err := c.predicate(plugins, &r, name)
			if err != nil {
				return nil, c.abandon(err)
			}
			c.links[len(c.links)-1].predicate = p
		}
	}
	if r.err != nil {
		return nil, c.abandon(r.err)
	}
	c.compilable()
	c.preparers()
	return c, nil
}

func (c *chain) predicate(plugins Plugins, r *propsReader, name string) (connect.Predicate, error) {
	if p := c.predicates[name]; p != nil {
		return p, nil
	}
	prefix := "predicates." + name + "."
	if !slices.Contains(r.list("predicates"), name) {
		// Java asks for a key that only listed predicates have, and wraps the refusal twice.
		unknown := javafmt.NewException(javafmt.ConfigException, "Unknown configuration '"+prefix+"plugin.version'", nil)
		return nil, wrapped(wrapped(unknown))
	}
	class := r.props[prefix+"type"]
	plugin, ok := plugins.Find(connect.KindPredicate, class)
	if !ok || plugin.NewPredicate == nil {
		return nil, unknownClass(prefix+"type", class)
	}
	p := plugin.NewPredicate()
	if err := configured(func() error { return p.Configure(below(r.props, prefix)) }); err != nil {
		return nil, err
	}
	c.predicates[name] = p
	return p, nil
}

// abandon closes what was made before err.
func (c *chain) abandon(err error) error {
	if closeErr := c.close(); closeErr != nil {
		return fmt.Errorf("%w (and while closing: %v)", err, closeErr)
	}
	return err
}

func configured(f func() error) error {
	if err := guard("Configure", f); err != nil {
		return wrapped(err)
	}
	return nil
}

// wrapped is Java's new ConnectException(cause): its message is the cause's class and message.
func wrapped(err error) error {
	return javafmt.NewException(javafmt.ConnectException, javafmt.ClassOf(err)+": "+err.Error(), err)
}

func unknownClass(key, class string) error {
	return javafmt.NewException(javafmt.ConfigException, fmt.Sprintf("Invalid value %s for configuration %s: Class %s could not be found.", class, key, class), nil)
}

// apply runs r through the chain; it is not kept where a transformation dropped it or a tolerated error occurred. An error fails the task.
func (c *chain) apply(ctx context.Context, op *operator, p *processing, r *connect.Record) (keep bool, _ error) {
	return c.run(ctx, op, p, r, 0, len(c.links))
}

// run is apply for the links from one on and before another; no program goes beyond a link that prepares.
func (c *chain) run(ctx context.Context, op *operator, p *processing, r *connect.Record, from, to int) (keep bool, _ error) {
	for i := from; i < to; i++ {
		if n := c.applyFused(i, r); n > 0 {
			i += n - 1
			continue
		}
		l := &c.links[i]
		for {
			keep, err := l.apply(ctx, r)
			if err == nil {
				if !keep {
					return false, nil
				}
				break
			}
			again, err := op.failed(p, StageTransformation, l.class, err)
			if !again {
				return false, err
			}
		}
	}
	return true, nil
}

func (l *link) apply(ctx context.Context, r *connect.Record) (keep bool, err error) {
	if passes, err := l.passes(r); !passes || err != nil {
		return err == nil, err
	}
	return l.transformation.Apply(ctx, r)
}

// passes reports whether the predicate, if there is one, lets the transformation work on r.
func (l *link) passes(r *connect.Record) (bool, error) {
	if l.predicate == nil {
		return true, nil
	}
	holds, err := l.predicate.Test(r)
	return err == nil && holds != l.negate, err
}

func (c *chain) close() error {
	var errs []error
	for _, l := range slices.Backward(c.links) {
		errs = append(errs, guard("Close", l.transformation.Close))
	}
	for _, p := range c.predicates {
		errs = append(errs, guard("Close", p.Close))
	}
	c.links, c.predicates = nil, nil
	return errors.Join(errs...)
}
