package devbroker

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A filter sees a decoded request before kfake does, on the connection's reading goroutine. It may change the request, and says
// whether it did; the function it returns, unless nil, may change kfake's answer, on the connection's writing goroutine. Both may
// call Broker.admin: kfake's own goroutine waits for neither.
//
// Filters rather than kfake's control functions, because those keep every connection that ever used their API key in memory, see no
// answers, and run before authentication could refuse the request.
type filter func(b *Broker, req kmsg.Request) (changed bool, answer func(kmsg.Response))

// answerFunc rewrites an answer frame.
type answerFunc func(frame []byte) ([]byte, error)

func (b *Broker) filterFor(key int16) filter {
	switch kmsg.Key(key) {
	case kmsg.ApiVersions:
		return filterAPIVersions
	case kmsg.Metadata:
		if !b.cfg.NoAutoCreate {
			return filterMetadata
		}
	case kmsg.CreateTopics:
		return filterCreateTopics
	case kmsg.CreatePartitions:
		return filterCreatePartitions
	case kmsg.AlterConfigs:
		return filterAlterConfigs
	case kmsg.IncrementalAlterConfigs:
		return filterIncrementalAlterConfigs
	case kmsg.DescribeConfigs:
		return filterDescribeConfigs
	case kmsg.ListGroups:
		return filterListGroups
	case kmsg.DescribeTopicPartitions:
		return filterDescribePartitions
	case kmsg.DeleteRecords:
		return filterDeleteRecords
	case kmsg.Produce:
		if b.cfg.RefuseNullKeys {
			return filterProduce
		}
	}
	return nil
}

// filterFrame applies a filter to a whole request frame. What cannot be decoded goes on to kfake, which closes the connection.
func (b *Broker) filterFrame(f filter, frame []byte) (out []byte, corr int32, answer answerFunc) {
	r := kbin.Reader{Src: frame[4:]}
	key, version := r.Int16(), r.Int16()
	corr = r.Int32()
	r.NullableString() // client id
	req := kmsg.RequestForKey(key)
	if version < 0 || version > req.MaxVersion() {
		return frame, 0, nil
	}
	req.SetVersion(version)
	if req.IsFlexible() {
		kmsg.SkipTags(&r)
	}
	if !r.Ok() {
		return frame, 0, nil
	}
	head := len(frame) - len(r.Src)
	if err := req.ReadFrom(r.Src); err != nil {
		return frame, 0, nil
	}
	changed, change := f(b, req)
	if changed {
		frame = req.AppendTo(frame[:head:head])
		binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	}
	if change == nil {
		return frame, 0, nil
	}
	return frame, corr, func(frame []byte) ([]byte, error) { return rewriteAnswer(req, frame, change) }
}

func rewriteAnswer(req kmsg.Request, frame []byte, change func(kmsg.Response)) ([]byte, error) {
	resp := req.ResponseKind()
	resp.SetVersion(req.GetVersion())
	head := 8
	if resp.IsFlexible() && req.Key() != int16(kmsg.ApiVersions) {
		head++ // the empty tags of the answer's header
	}
	if len(frame) < head {
		return nil, fmt.Errorf("%s answer of %d bytes", kmsg.NameForKey(req.Key()), len(frame))
	}
	if err := resp.ReadFrom(frame[head:]); err != nil {
		if req.Key() == int16(kmsg.ApiVersions) {
			return frame, nil // a version unknown to the broker is answered in version 0
		}
		return nil, fmt.Errorf("%s answer: %w", kmsg.NameForKey(req.Key()), err)
	}
	change(resp)
	out := resp.AppendTo(append([]byte(nil), frame[:head]...))
	binary.BigEndian.PutUint32(out, uint32(len(out)-4))
	return out, nil
}

// maxProduce is the last version of produce requests that names topics. kfake crashes on one that names two topics by ids it does not
// know, which is what a producer sends when both were deleted; so clients are not told of later versions.
const maxProduce = 12

// filterAPIVersions also leaves out telemetry, as Kafka's broker does when it has no receiver for it (KIP-714): kfake would subscribe every
// client to all metrics, which each of them then collects and compresses for nobody.
func filterAPIVersions(*Broker, kmsg.Request) (bool, func(kmsg.Response)) {
	return false, func(r kmsg.Response) {
		resp := r.(*kmsg.ApiVersionsResponse)
		resp.ApiKeys = slices.DeleteFunc(resp.ApiKeys, func(k kmsg.ApiVersionsResponseApiKey) bool {
			return k.ApiKey == int16(kmsg.GetTelemetrySubscriptions) || k.ApiKey == int16(kmsg.PushTelemetry)
		})
		for i := range resp.ApiKeys {
			if k := &resp.ApiKeys[i]; k.ApiKey == int16(kmsg.Produce) {
				k.MaxVersion = min(k.MaxVersion, maxProduce)
			}
		}
	}
}
