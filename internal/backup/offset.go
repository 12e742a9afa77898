package backup

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/store"
)

// parsed returns partition and offset as JSON, whichever form the offset has.
func (o *SourceOffset) parsed() (partition, offset json.RawMessage, err error) {
	if o.Key == "" {
		return o.Partition, o.Offset, nil
	}
	var key []json.RawMessage
	if err := json.Unmarshal([]byte(o.Key), &key); err != nil || len(key) != 2 {
		return nil, nil, fmt.Errorf("the key %.200q of an offset names no partition of a connector", string(o.Key))
	}
	return key[1], json.RawMessage(o.Value), nil
}

// meanings return texts for partition and offset that do not depend on the order of fields.
func (o *SourceOffset) meanings() (partition, offset string, err error) {
	p, at, err := o.parsed()
	if err == nil {
		partition, err = store.Meaning(p)
	}
	if err == nil {
		offset, err = store.Meaning(at)
	}
	return partition, offset, err
}

// record is the offset as a record of an offset topic: byte for byte as it was read, or, from REST, as Java writes it where its connector keeps the
// fields in a java.util.HashMap.
func (o *SourceOffset) record(connector string) (store.Record, error) {
	if o.Key != "" {
		return store.Record{Key: string(o.Key), Value: []byte(o.Value)}, nil
	}
	name, err := json.Marshal(connector)
	if err != nil {
		return store.Record{}, err
	}
	_, fields, ok := store.ParseOffsetKey(fmt.Appendf(nil, "[%s,%s]", name, o.Partition))
	if !ok {
		return store.Record{}, fmt.Errorf("the partition %.200s is no JSON object", o.Partition)
	}
	key, err := store.OffsetKey(connector, connect.NewSourcePartition(fields))
	if err != nil {
		return store.Record{}, err
	}
	offset, err := store.ParseOffset(o.Offset)
	if err != nil {
		return store.Record{}, err
	}
	if offset == nil {
		return store.Record{}, errors.New("an offset is null")
	}
	value, err := store.OffsetValue(offset)
	return store.Record{Key: string(key), Value: value}, err
}

// String is the offset for people.
func (o SourceOffset) String() string {
	partition, offset, err := o.parsed()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s = %s", partition, offset)
}
