package kubernetes

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

// kind is a kind of resource.
type kind struct {
	// name is how messages call it, resource the part of its path.
	name, resource string
	public         bool
}

var (
	secrets    = kind{name: "Secret", resource: "secrets"}
	configMaps = kind{name: "ConfigMap", resource: "configmaps", public: true}
)

// Def returns the declaration of the parameters.
func Def() *config.Def {
	return config.NewDef(
		config.Key{Name: "separator", Default: nil, Doc: "What stands between the values where a key with wildcards matches several; a newline where it is absent."},
		config.Key{Name: "kubeconfig", Default: "", Doc: "A kubeconfig file; Moldau's own key. Without it the environment variable KUBECONFIG, then ~/.kube/config, then the service account of the pod."},
		service.TTLDef(),
	)
}

// Provider gives the data of resources of one kind.
type Provider struct {
	kind    kind
	values  *config.Values
	cluster *cluster
	// separator is as it is written, blanks included.
	separator string
}

// Configure finds the cluster.
func (p *Provider) Configure(props map[string]string) (err error) {
	if p.values, err = Def().ParseStrings(props); err != nil {
		return err
	}
	p.separator = "\n"
	if text, ok := props["separator"]; ok {
		p.separator = text
	}
	p.cluster, err = findCluster(p.values.String("kubeconfig"))
	return err
}

// Close drops connections.
func (p *Provider) Close() error {
	if p.cluster != nil {
		p.cluster.http.Close()
	}
	return nil
}

var identifier = regexp.MustCompile(`^(?:([a-z0-9.-]+)/)?([a-z0-9.-]+)$`)

// Get returns the values of the resource at path, NAMESPACE/NAME or NAME in the default namespace. A key may have wildcards: its value are then those
// of all keys that match, in order. A key that matches nothing is an empty text, as Strimzi has it.
func (p *Provider) Get(ctx context.Context, resource string, keys []string) (connect.ConfigData, error) {
	m := identifier.FindStringSubmatch(resource)
	if m == nil || m[2] == "." || m[2] == ".." || m[1] == "." || m[1] == ".." {
		return connect.ConfigData{}, config.Failed("Invalid path " + resource + ". It has to be in format <namespace>/<secret> (or <secret> for default namespace).")
	}
	namespace, name := m[1], m[2]
	if namespace == "" {
		namespace = p.cluster.namespace
	}
	values, err := p.read(ctx, namespace, name)
	if service.IsStatus(err, http.StatusNotFound) {
		return connect.ConfigData{}, config.Failed(p.kind.name + " " + name + " in namespace " + namespace + " not found")
	}
	if err != nil {
		return connect.ConfigData{}, service.Failed("Failed to retrieve "+p.kind.name+" "+name+" from Kubernetes namespace "+namespace, err)
	}
	data := connect.ConfigData{Values: values, TTL: p.values.Duration(service.TTLKey), Public: p.kind.public}
	if keys != nil {
		data.Values = map[string]string{}
		for _, key := range keys {
			if data.Values[key], err = join(values, key, p.separator); err != nil {
				return connect.ConfigData{}, err
			}
		}
	}
	return data, nil
}

func (p *Provider) read(ctx context.Context, namespace, name string) (map[string]string, error) {
	var found struct {
		Data map[string]string `json:"data"`
	}
	if err := p.cluster.get(ctx, "api/v1/namespaces/"+namespace+"/"+p.kind.resource+"/"+name, &found); err != nil {
		return nil, err
	}
	if p.kind.public {
		return found.Data, nil
	}
	for key, text := range found.Data {
		decoded, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, config.Failed("the value of the key " + key + " is not in base 64")
		}
		found.Data[key] = string(decoded)
	}
	return found.Data, nil
}

// refusal returns the reason that the API server gives.
func refusal(body []byte) string {
	var status struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &status) != nil {
		return ""
	}
	return status.Message
}

// join returns the values of the keys that match a glob, in the order of the keys.
func join(values map[string]string, glob, separator string) (string, error) {
	patterns := alternatives(glob)
	var names []string
	for name := range values {
		for _, pattern := range patterns {
			ok, err := path.Match(pattern, name)
			if err != nil {
				return "", config.Failed("The key " + glob + " is not a pattern of file names: " + err.Error())
			}
			if ok {
				names = append(names, name)
				break
			}
		}
	}
	slices.Sort(names)
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = values[name]
	}
	return strings.Join(parts, separator), nil
}

// alternatives spells out the groups of a glob, {a,b}; keys have no slashes, so that ** is as good as *. A placeholder ends at the first brace that
// closes, so that groups can come only from other callers. Java's [!x] is Go's [^x].
func alternatives(glob string) []string {
	glob = strings.ReplaceAll(strings.ReplaceAll(glob, "**", "*"), "[!", "[^")
	before, rest, ok := strings.Cut(glob, "{")
	inner, after, closed := strings.Cut(rest, "}")
	if !ok || !closed {
		return []string{glob}
	}
	var all []string
	for one := range strings.SplitSeq(inner, ",") {
		all = append(all, alternatives(before+one+after)...)
	}
	return all
}
