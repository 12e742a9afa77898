package workerconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moldau/moldau/connect/config"
)

// recordedKey is a key as Java Connect 4.3.1 declares it (ConfigDefinitions.java of the recorded cases).
type recordedKey struct {
	Name        string
	Type        string
	Default     any
	Validator   *string
	Importance  string
	Group       *string
	Order       int
	Width       string
	DisplayName string
	Dependents  []string
	Recommender bool
	Internal    bool
}

func TestDefinitionsAgreeWithJava(t *testing.T) {
	t.Parallel()
	var recorded map[string][]recordedKey
	readGzip(t, "definitions.json.gz", &recorded)
	defs := map[string]*config.Def{
		"StandaloneConfig": StandaloneDef().For(nil), "DistributedConfig": DistributedDef().For(nil), "RestServerConfig": RESTDef().For(nil),
		"ConnectorConfig": ConnectorDef(), "SourceConnectorConfig": SourceDef().For(nil), "SinkConnectorConfig": SinkDef().For(nil),
	}
	if len(recorded) != len(defs) {
		t.Errorf("recorded %d declarations, want %d", len(recorded), len(defs))
	}
	for name, d := range defs {
		t.Run(name, func(t *testing.T) {
			var got []recordedKey
			for _, k := range d.Keys() {
				got = append(got, recordedForm(k))
				if k.Doc == "" {
					t.Errorf("%s has no documentation", k.Name)
				}
			}
			want := recorded[name]
			for i := range want {
				withoutJavaOnly(&want[i])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-Java +Go:\n%s", diff)
			}
		})
	}
}

// withoutJavaOnly drops what the recording could not show: the texts of lambdas and of classes without toString.
func withoutJavaOnly(k *recordedKey) {
	if v := k.Validator; v != nil && (*v == "<lambda>" || strings.HasSuffix(*v, "PluginVersionValidator")) {
		some := "some"
		k.Validator = &some
	}
	if k.Dependents == nil {
		k.Dependents = []string{}
	}
}

func recordedForm(k *config.Key) recordedKey {
	r := recordedKey{Name: k.Name, Type: k.Type.String(), Importance: k.Importance.String(), Order: k.Order, Width: k.Width.String(),
		DisplayName: k.DisplayName, Dependents: append([]string{}, k.Dependents...), Recommender: k.Recommender != nil, Internal: k.Internal}
	if k.Group != "" {
		r.Group = &k.Group
	}
	if k.Validator != nil {
		text := k.Validator.String()
		switch k.Validator.(type) {
		case versionRange, nullOr:
			text = "some"
		}
		switch k.Name {
		case "connect.protocol", "offset.storage.partitions", "offset.storage.replication.factor", "config.storage.replication.factor",
			"status.storage.partitions", "status.storage.replication.factor", "inter.worker.key.generation.algorithm",
			"inter.worker.signature.algorithm", "inter.worker.verification.algorithms":
			text = "some"
		}
		r.Validator = &text
	}
	switch v := k.Default.(type) {
	case nil, bool, string, float64:
		r.Default = v
	case int32:
		r.Default = float64(v)
	case int16:
		r.Default = float64(v)
	case int64:
		r.Default = float64(v)
	case config.ClassName:
		r.Default = string(v)
	default:
		r.Default = config.Text(v)
	}
	if k.Required() {
		r.Default = "<required>"
	}
	return r
}
