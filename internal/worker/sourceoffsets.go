package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/internal/javafmt"
	"github.com/moldau/moldau/internal/store"
)

func (w *Worker) sourceOffsets(ctx context.Context, name string, props map[string]string) ([]ConnectorOffset, error) {
	offsets, err := w.offsetsOf(ctx, name, props)
	if err != nil {
		return nil, err
	}
	defer offsets.release()
	entries, err := offsets.Partitions(ctx, name)
	if err != nil {
		return nil, err
	}
	out := make([]ConnectorOffset, 0, len(entries))
	for _, e := range entries {
		out = append(out, ConnectorOffset{e.Partition, e.Offset})
	}
	return out, nil
}

// changeSourceOffsets asks the connector, where it wants to be asked, and writes the offsets (Worker.modifySourceConnectorOffsets).
func (w *Worker) changeSourceOffsets(ctx context.Context, name string, props map[string]string, plugin *connect.Plugin, offsets []ConnectorOffset) (bool, error) {
	kept, err := w.offsetsOf(ctx, name, props)
	if err != nil {
		return false, err
	}
	defer func() {
		if err := kept.settle(ctx, w.settings.flushTimeout); err != nil {
			w.cfg.Logger.Warn("The worker's offset topic lacks the altered offsets; the connector's own has them", "connector", name, "error", err)
		}
		kept.release()
	}()
	reset := offsets == nil
	if reset {
		entries, err := kept.Partitions(ctx, name)
		if err != nil {
			return false, err
		}
		for _, e := range entries {
			offsets = append(offsets, ConnectorOffset{Partition: e.Partition})
		}
	}
	var normal []connect.SourceOffset
	for _, o := range offsets {
		partition, err := normalized(o.Partition)
		if err != nil {
			return false, err
		}
		offset, err := normalized(o.Offset)
		if err != nil {
			return false, err
		}
		normal = append(normal, connect.SourceOffset{Partition: partition, Offset: offset})
	}
	external := false
	if alterer, ok := plugin.NewConnector().(connect.SourceOffsetAlterer); ok {
		err := callAside(ctx, "connector "+name, "AlterOffsets", pluginLimit, func(ctx context.Context) (err error) {
			external, err = alterer.AlterOffsets(ctx, props, normal)
			return err
		})
		if err != nil {
			return false, refusal(name, err)
		}
	}
	writes := make([]store.OffsetWrite, 0, len(normal))
	for _, o := range normal {
		write := store.OffsetWrite{Partition: connect.NewSourcePartition(o.Partition)}
		if o.Offset != nil {
			write.Offset = connect.OffsetFields(o.Offset)
		}
		writes = append(writes, write)
	}
	if len(writes) == 0 {
		return external, nil
	}
	if w.exactlyOnce() {
		err = w.setInTransaction(ctx, name, props, kept.transactional, writes)
	} else {
		err = kept.Set(ctx, name, writes)
	}
	return external, err
}

// refusal gives Java's text to connectors that cannot have their offsets changed.
func refusal(name string, err error) error {
	if javafmt.ClassOf(err) == javafmt.UnsupportedOperation {
		return javafmt.NewException(javafmt.ConnectException,
			"Failed to modify offsets for connector "+name+" because it doesn't support external modification of offsets", err)
	}
	return err
}

// normalized gives numbers the types that they have when offsets are read, int64 and float64 (Worker.normalizeSourceConnectorOffsets), and
// refuses what is not flat before a connector sees it (OffsetUtils.validateFormat).
func normalized(fields map[string]any) (map[string]any, error) {
	if fields == nil {
		return nil, nil
	}
	out := make(map[string]any, len(fields))
	for name, v := range fields {
		switch v := v.(type) {
		case json.Number:
			n, err := number(v)
			if err != nil {
				return nil, fmt.Errorf("offset field %s: %w", name, err)
			}
			out[name] = n
		case int:
			out[name] = int64(v)
		case []any, map[string]any:
			kind := "ARRAY"
			if _, ok := v.(map[string]any); ok {
				kind = "MAP"
			}
			return nil, javafmt.NewException(javafmt.DataException,
				"Offsets may only contain primitive types as values, but field "+name+" contains "+kind, nil)
		default:
			out[name] = v
		}
	}
	return out, nil
}

func number(v json.Number) (any, error) {
	if n, err := v.Int64(); err == nil {
		return n, nil
	}
	if whole, ok := new(big.Int).SetString(v.String(), 10); ok {
		low := new(big.Int).And(whole, new(big.Int).SetUint64(1<<64-1))
		return int64(low.Uint64()), nil // Java keeps the low 64 bits
	}
	f, err := v.Float64()
	if err != nil && f == 0 {
		return nil, err
	}
	return f, nil
}
