package workerconfig

import (
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
)

// chain describes the plugins that a connector lists under aliases (ConnectorConfig.EnrichablePlugin).
type chain struct {
	// list is the key that holds the aliases and the prefix of all others.
	list  string
	group string
	kind  connect.Kind
}

var chains = []chain{
	{"transforms", "Transforms", connect.KindTransformation},
	{"predicates", "Predicates", connect.KindPredicate},
}

// Keys that every transformation has.
const (
	predicateKey = "predicate"
	negateKey    = "negate"
)

// enrich adds the keys of transformations and predicates. With full, the first one that has no declaration is the error; without, its own keys
// are left out.
func (p *Plugins) enrich(d *config.Def, props config.Props, full bool) error {
	for _, c := range chains {
		text, ok := props.Get(c.list)
		if !ok {
			continue
		}
		parsed, err := config.ParseType(c.list, text, config.List, nil)
		if err != nil {
			return err
		}
		var done []string
		for _, alias := range parsed.([]string) {
			if slices.Contains(done, alias) {
				continue
			}
			done = append(done, alias)
			if err := p.enrichOne(d, c, alias, props, full); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Plugins) enrichOne(d *config.Def, c chain, alias string, props config.Props, full bool) error {
	prefix := c.list + "." + alias + "."
	group := c.group + ": " + alias
	typeKey, versionKey := prefix+"type", prefix+"plugin.version"
	one, problem := p.chained(c, typeKey, props)
	versionProblem := error(nil)
	var version any
	if one != nil {
		version = one.Version
		versionProblem = p.CheckVersion(one.Class, props[versionKey])
	}
	what := strings.ToLower(contracts[c.kind].simple)
	keys := []config.Key{
		{Name: typeKey, Type: config.Class, Default: config.NoDefault, Importance: config.High, Doc: "Class of the " + what + " '" + alias + "'.",
			Group: group, Order: 0, Width: config.WidthLong, DisplayName: contracts[c.kind].simple + " type for " + alias,
			Validator: p.typeValidator(c, alias, props, versionProblem), Recommender: classRecommender{p, c.kind}},
		{Name: versionKey, Default: version, Importance: config.High,
			Doc:   "Version of the " + what + " '" + alias + "', a version or a range such as [1.0,2.0); absent takes the newest.",
			Group: group, Order: 1, Width: config.WidthLong, DisplayName: contracts[c.kind].simple + " version for " + alias,
			Validator: p.chainedVersion(one), Recommender: chainedVersions{versionRecommender{p, c.kind, typeKey}}},
	}
	for _, k := range keys {
		if err := d.DefineChecked(k); err != nil {
			return err
		}
	}
	if problem == nil {
		problem = versionProblem
	}
	if problem != nil {
		if full {
			return problem
		}
		return nil
	}
	return d.Embed(prefix, group, 2, implicitKeys(c, one))
}

// chained finds the plugin that the type key names.
func (p *Plugins) chained(c chain, typeKey string, props config.Props) (*connect.Plugin, error) {
	simple := contracts[c.kind].simple
	parsed, err := config.ParseType(typeKey, textOrNil(props[typeKey]), config.Class, p.Resolve)
	if err != nil {
		return nil, err
	}
	if parsed == nil {
		return nil, config.Invalid(typeKey, nil, "Not a "+simple)
	}
	class := parsed.(config.ClassName)
	if err := p.EnsureConcrete(c.kind, class); err != nil {
		return nil, err
	}
	one, _ := p.registry.Find(c.kind, string(class))
	return one, nil
}

func textOrNil(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}

// typeValidator checks a type key: first what the alias as a whole must fulfil, then the class. A missing or unknown class has its own message
// already.
func (p *Plugins) typeValidator(c chain, alias string, props config.Props, versionProblem error) config.Validator {
	prefix := c.list + "." + alias + "."
	return config.Lambda(func(_ string, value any) error {
		if c.kind == connect.KindTransformation && props.Has(prefix+negateKey) && !props.Has(prefix+predicateKey) {
			return config.Failed("Config '" + prefix + negateKey + "' was provided but there is no config '" + prefix + predicateKey +
				"' defining a predicate to be negated.")
		}
		class, ok := value.(config.ClassName)
		if !ok {
			return nil
		}
		if err := p.EnsureConcrete(c.kind, class); err != nil {
			return err
		}
		return versionProblem
	}, describe("valid configs for "+alias+" "+strings.ToLower(contracts[c.kind].simple)))
}

// chainedVersion checks a version key against the plugin it belongs to, null where that is not known.
func (p *Plugins) chainedVersion(one *connect.Plugin) config.Validator {
	return config.Lambda(func(_ string, value any) error {
		version, ok := value.(string)
		if !ok || one == nil {
			return nil
		}
		return p.CheckVersion(one.Class, &version)
	}, describe("version or version range"))
}

// implicitKeys returns the plugin's own keys together with those that every transformation has; the latter win.
func implicitKeys(c chain, one *connect.Plugin) *config.Def {
	d := config.NewDef()
	if c.kind == connect.KindTransformation {
		d.Define(config.Key{Name: predicateKey, Importance: config.Medium,
			Doc: "Alias of the predicate that decides which records the transformation applies to; absent applies it to all."})
		d.Define(config.Key{Name: negateKey, Type: config.Boolean, Default: false, Importance: config.Medium,
			Doc: "Whether the transformation applies to the records that the predicate does not match."})
	}
	if one.Config == nil {
		return d
	}
	for _, k := range one.Config.Keys() {
		if d.Lookup(k.Name) == nil {
			d.Define(*k)
		}
	}
	return d
}
