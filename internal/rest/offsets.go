package rest

import (
	"github.com/moldau/moldau/internal/herder"
	"github.com/moldau/moldau/internal/rest/jackson"
)

const (
	offsetsClass = "org.apache.kafka.connect.runtime.rest.entities.ConnectorOffsets"
	offsetClass  = "org.apache.kafka.connect.runtime.rest.entities.ConnectorOffset"
	messageClass = "org.apache.kafka.connect.runtime.rest.entities.Message"
)

// offsetList is a connector's offsets (KIP-875).
type offsetList struct {
	Offsets []herder.ConnectorOffset `json:"offsets"`
}

// message is the answer to a change of offsets.
type message struct {
	Message string `json:"message"`
}

func getOffsets(c *call) (*reply, error) {
	offsets, err := c.herder.ConnectorOffsets(c.ctx, c.params[0])
	if err != nil {
		return nil, err
	}
	if offsets == nil {
		offsets = []herder.ConnectorOffset{}
	}
	return ok(offsetList{offsets})
}

func alterOffsets(c *call) (*reply, error) {
	offsets, err := c.readOffsets()
	if err != nil {
		return nil, err
	}
	text, err := c.herder.AlterConnectorOffsets(c.ctx, c.params[0], offsets)
	if err != nil {
		return c.elsewhere(err, onward{body: offsetList{offsets}, result: messageClass})
	}
	return ok(message{text})
}

func (c *call) readOffsets() ([]herder.ConnectorOffset, error) {
	var list []herder.ConnectorOffset
	var void bool
	there, err := c.read(offsetsClass, func(r *jackson.Reader) error {
		return r.Fields(offsetsClass, []string{"offsets"}, func(field string) (bool, error) {
			if field != "offsets" {
				return false, nil
			}
			list = nil
			_, err := r.Elements("java.util.ArrayList<"+offsetClass+">", func() error {
				if r.Kind() == jackson.Null {
					void = true
					return nil
				}
				o, err := readOffset(r)
				list = append(list, o)
				return err
			})
			return true, err
		})
	})
	switch {
	case err != nil:
		return nil, err
	case !there:
		return nil, herder.Internal(nil, `Cannot invoke "`+offsetsClass+`.offsets()" because "offsets" is null`)
	case void:
		return nil, herder.Internal(nil, `Cannot invoke "`+offsetClass+`.partition()" because "offset" is null`)
	case len(list) == 0:
		return nil, herder.BadRequest("Partitions / offsets need to be provided for an alter offsets request")
	}
	return list, nil
}

func readOffset(r *jackson.Reader) (o herder.ConnectorOffset, err error) {
	err = r.Fields(offsetClass, []string{"partition", "offset"}, func(field string) (bool, error) {
		var err error
		switch field {
		case "partition":
			o.Partition, err = r.ObjectMap()
		case "offset":
			o.Offset, err = r.ObjectMap()
		default:
			return false, nil
		}
		return true, err
	})
	return o, err
}

func resetOffsets(c *call) (*reply, error) {
	text, err := c.herder.ResetConnectorOffsets(c.ctx, c.params[0])
	if err != nil {
		return c.elsewhere(err, onward{result: messageClass})
	}
	return ok(message{text})
}
