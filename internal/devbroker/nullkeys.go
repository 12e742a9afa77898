package devbroker

import (
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// filterProduce takes batches that have a record without a key out of requests to compacted topics and answers INVALID_RECORD for
// them, as Kafka does (B12).
func filterProduce(b *Broker, r kmsg.Request) (bool, func(kmsg.Response)) {
	req := r.(*kmsg.ProduceRequest)
	var refused []kmsg.ProduceResponseTopic
	for i := range req.Topics {
		t := &req.Topics[i]
		if !policyOf(b.topicSet(t.Topic)).compact {
			continue
		}
		rt := kmsg.NewProduceResponseTopic()
		rt.Topic = t.Topic
		kept := t.Partitions[:0:0]
		for _, p := range t.Partitions {
			if !hasNullKey(p.Records) {
				kept = append(kept, p)
				continue
			}
			rp := kmsg.NewProduceResponseTopicPartition()
			rp.Partition, rp.ErrorCode, rp.BaseOffset = p.Partition, kerr.InvalidRecord.Code, -1
			rp.ErrorMessage = kmsg.StringPtr("Compacted topic cannot accept message without key in topic partition.")
			rt.Partitions = append(rt.Partitions, rp)
		}
		t.Partitions = kept
		if len(rt.Partitions) > 0 {
			refused = append(refused, rt)
		}
	}
	if len(refused) == 0 {
		return false, nil
	}
	if req.Acks == 0 { // nobody waits for an answer
		return true, nil
	}
	return true, func(r kmsg.Response) {
		resp := r.(*kmsg.ProduceResponse)
		for _, t := range refused {
			mergeProduced(resp, t)
		}
	}
}

// mergeProduced adds to the topic that kfake answered for, if it did: clients want one entry per topic.
func mergeProduced(resp *kmsg.ProduceResponse, t kmsg.ProduceResponseTopic) {
	for i := range resp.Topics {
		if have := &resp.Topics[i]; have.Topic == t.Topic {
			have.Partitions = append(have.Partitions, t.Partitions...)
			return
		}
	}
	resp.Topics = append(resp.Topics, t)
}

// hasNullKey leaves batches that it cannot read to kfake's checks.
func hasNullKey(records []byte) bool {
	var batch kmsg.RecordBatch
	if err := batch.ReadFrom(records); err != nil {
		return false
	}
	list, err := kfake.BatchRecords(batch)
	if err != nil {
		return false
	}
	for i := range list {
		if list[i].Key == nil {
			return true
		}
	}
	return false
}
