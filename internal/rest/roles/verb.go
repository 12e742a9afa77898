package roles

// Verb is what somebody must be allowed to for a request. Each route of the REST API names one where it is declared.
type Verb uint8

// The verbs of a roles file are View to Admin; the others are for routes only. Operate, Edit and Offsets include View of the same connectors.
const (
	// None is a route without a verb, a mistake: where there are roles nobody may use it.
	None Verb = iota
	// Open needs no login: probes.
	Open
	// Known needs a login and no role.
	Known
	// Workers is for requests that workers of the group send each other and sign.
	Workers
	// View reads configurations, states and offsets of a connector.
	View
	// Overview is View of every connector at once, for what cannot be told apart by connector.
	Overview
	// Operate pauses, resumes, stops and restarts a connector, and reads and redrives its dead letters.
	Operate
	// Edit creates, changes, validates and deletes a connector.
	Edit
	// Offsets alters and resets the offsets of a connector.
	Offsets
	// Admin is about the worker rather than a connector: levels of loggers, profiles, bundles.
	Admin
)

var names = [...]string{None: "none", Open: "open", Known: "known", Workers: "workers", View: "view", Overview: "view of all connectors",
	Operate: "operate", Edit: "edit", Offsets: "offsets", Admin: "admin"}

// String returns the verb as roles files and refusals write it.
func (v Verb) String() string {
	if int(v) < len(names) {
		return names[v]
	}
	return "unknown"
}

// parseVerb reads a verb of a roles file.
func parseVerb(text string) (Verb, bool) {
	for _, v := range []Verb{View, Operate, Edit, Offsets, Admin} {
		if v.String() == text {
			return v, true
		}
	}
	return None, false
}
