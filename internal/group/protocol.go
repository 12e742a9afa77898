package group

import (
	"fmt"
	"strings"
)

// ProtocolType is the type of the groups of workers; brokers refuse members of another type.
const ProtocolType = "connect"

// Protocol is a version of Connect's embedded protocol (ConnectProtocolCompatibility).
type Protocol int16

// The protocols; their numbers are the versions in metadata and assignments.
const (
	// Eager stops all work in each rebalance.
	Eager Protocol = iota
	// Compatible moves only what has to move (KIP-415).
	Compatible
	// Sessioned is Compatible with signed requests between workers (KIP-507).
	Sessioned
)

// Name returns the name under which brokers know the protocol.
func (p Protocol) Name() string {
	switch p {
	case Eager:
		return "default"
	case Compatible:
		return "compatible"
	default:
		return "sessioned"
	}
}

// String returns the value of connect.protocol that asks for the protocol.
func (p Protocol) String() string {
	if p == Eager {
		return "eager"
	}
	return p.Name()
}

// ParseProtocol returns the protocol of a value of connect.protocol, in any case.
func ParseProtocol(text string) (Protocol, error) {
	for p := Eager; p <= Sessioned; p++ {
		if strings.EqualFold(text, p.String()) {
			return p, nil
		}
	}
	return 0, fmt.Errorf("connect.protocol is %q: it must be one of eager, compatible, sessioned", text)
}

// protocolNamed returns the protocol that a broker chose.
func protocolNamed(name string) (Protocol, error) {
	for p := Eager; p <= Sessioned; p++ {
		if name == p.Name() {
			return p, nil
		}
	}
	return 0, fmt.Errorf("the group uses the protocol %q, which is none of Connect's", name)
}

// Offer is a protocol that a member offers, with its metadata in that protocol.
type Offer struct {
	Name     string
	Metadata []byte
}

// Offers returns what a member with connect.protocol=highest offers, the one it likes best first
// (IncrementalCooperativeConnectProtocol.metadataRequest). The broker takes the first that all members offer.
func Offers(highest Protocol, m Metadata) []Offer {
	var offers []Offer
	for p := highest; p >= Eager; p-- {
		offers = append(offers, Offer{p.Name(), EncodeMetadata(p, m)})
	}
	return offers
}
