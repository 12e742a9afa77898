package registry

import "github.com/moldau/moldau/internal/javafmt"

// SubjectStrategy names the subjects of schemas.
type SubjectStrategy struct {
	class string
	isKey bool
}

// UsesSchema reports whether the name of a schema is part of its subject.
func (s SubjectStrategy) UsesSchema() bool { return s.class != topicStrategy }

// Subject returns the subject of a schema with a full name; a schema without one has the name "".
func (s SubjectStrategy) Subject(topic, name string) (string, error) {
	side := "value"
	if s.isKey {
		side = "key"
	}
	switch {
	case s.class == topicStrategy:
		return topic + "-" + side, nil
	case name == "":
		return "", javafmt.NewException(javafmt.SerializationException,
			"In configuration "+side+strategySuffix+" = "+s.class+", the message "+side+" must only be a record schema", nil)
	case s.class == recordStrategy:
		return name, nil
	}
	return topic + "-" + name, nil
}
