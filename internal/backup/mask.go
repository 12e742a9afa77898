package backup

import "github.com/moldau/moldau/connect/config"

// Masker hides secrets.
type Masker interface {
	// Mask returns the configuration of a connector with [hidden] in place of secrets that are written out in it.
	Mask(config.Props) config.Props
	// MaskTask does so with the configuration of a task of the connector.
	MaskTask(task, connector config.Props) config.Props
}

// Mask hides all secrets in configurations. Placeholders stay, and so do offsets and traces of errors.
func (c *Content) Mask(m Masker) {
	c.Masked = true
	for i := range c.Connectors {
		k := &c.Connectors[i]
		for n, task := range k.Tasks {
			k.Tasks[n] = m.MaskTask(task, k.Config)
		}
		if k.Config != nil {
			k.Config = m.Mask(k.Config)
		}
	}
}

// Secrets returns how many configurations have secrets written out in them.
func (c *Content) Secrets(m Masker) int {
	n := 0
	for _, k := range c.Connectors {
		if k.Config != nil && !m.Mask(k.Config).Equal(k.Config) {
			n++
		}
	}
	return n
}
