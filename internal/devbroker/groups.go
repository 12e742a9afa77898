package devbroker

import (
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

var groupStates = []string{"PreparingRebalance", "CompletingRebalance", "Stable", "Empty", "Dead", "Assigning", "Reconciling", "NotReady"}

// filterListGroups writes the wanted types and states as kfake does. Kafka does not mind their case, and Java's clients send types
// with a capital letter: kafka-consumer-groups --list was empty.
func filterListGroups(_ *Broker, r kmsg.Request) (bool, func(kmsg.Response)) {
	req := r.(*kmsg.ListGroupsRequest)
	for i, typ := range req.TypesFilter {
		req.TypesFilter[i] = strings.ToLower(typ)
	}
	for i, state := range req.StatesFilter {
		for _, s := range groupStates {
			if strings.EqualFold(s, state) {
				req.StatesFilter[i] = s
			}
		}
	}
	return len(req.TypesFilter)+len(req.StatesFilter) > 0, nil
}
