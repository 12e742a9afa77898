package main

import (
	"slices"
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/kafka"
	"github.com/moldau/moldau/internal/workerconfig"
	"github.com/moldau/moldau/plugins/standard"
)

// pages returns everything that is generated.
func pages() []page {
	plugins := standard.Plugins()
	return []page{
		{"worker.md", worker()},
		{"rest-server.md", workerconfig.RESTDef().Markdown()},
		{"connectors.md", connectors(plugins)},
		{"converters.md", sections(plugins, connect.KindConverter, connect.KindHeaderConverter)},
		{"transformations.md", sections(plugins, connect.KindTransformation)},
		{"predicates.md", sections(plugins, connect.KindPredicate)},
		{"config-providers.md", sections(plugins, connect.KindConfigProvider)},
		{"kafka-clients.md", clients(kafka.Describe())},
	}
}

// worker is the table of a standalone worker's keys without those of the REST server, and TLS apart.
func worker() string {
	rest := workerconfig.RESTDef()
	own, tls := config.NewDef(), config.NewDef()
	for _, k := range workerconfig.StandaloneDef().Keys() {
		switch {
		case rest.Lookup(k.Name) != nil:
		case strings.HasPrefix(k.Name, "ssl."):
			tls.Define(*k)
		default:
			own.Define(*k)
		}
	}
	return own.Markdown() + "\n## TLS\n\n" + tls.Markdown()
}

func connectors(plugins []connect.Plugin) string {
	common := workerconfig.ConnectorDef()
	return "## Every connector\n\n" + common.Markdown() +
		"\n## Every source\n\n" + beyond(common, workerconfig.SourceDef()).Markdown() +
		"\n## Every sink\n\n" + beyond(common, workerconfig.SinkDef()).Markdown() +
		"\n" + sections(plugins, connect.KindSource, connect.KindSink)
}

// beyond returns the keys of a declaration that another one lacks.
func beyond(known, d *config.Def) *config.Def {
	further := config.NewDef()
	for _, k := range d.Keys() {
		if known.Lookup(k.Name) == nil {
			further.Define(*k)
		}
	}
	return further
}

// section describes a plugin, or the variants of one.
type section struct {
	name, doc string
	classes   []string
	keys      string
}

// sections has a section for each plugin of the kinds, by name. The variants of a plugin for keys and values, and a class that is two
// kinds of converter, share one.
func sections(plugins []connect.Plugin, kinds ...connect.Kind) string {
	var list []*section
	for _, p := range plugins {
		if !slices.Contains(kinds, p.Kind) {
			continue
		}
		s := &section{name: simpleName(p.Class), doc: p.Doc, classes: append([]string{p.Class}, p.Aliases...)}
		if p.Config != nil {
			s.keys = ownKeys(p.Config).Markdown()
		}
		at := slices.IndexFunc(list, func(other *section) bool { return other.name == s.name && other.keys == s.keys })
		if at < 0 {
			list = append(list, s)
		} else {
			list[at].merge(s)
		}
	}
	slices.SortStableFunc(list, func(x, y *section) int { return strings.Compare(x.name, y.name) })
	texts := make([]string, 0, len(list))
	for _, s := range list {
		text := "## " + s.name + "\n\n" + s.doc + "\n\n`" + strings.Join(s.classes, "`, `") + "`\n"
		if s.keys != "" {
			text += "\n" + s.keys
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "\n")
}

// merge adds a variant: its classes, and of the documentation the sentences that hold for both.
func (s *section) merge(variant *section) {
	for _, class := range variant.classes {
		if !slices.Contains(s.classes, class) {
			s.classes = append(s.classes, class)
		}
	}
	ours, theirs := strings.Split(strings.TrimSuffix(s.doc, "."), ". "), strings.Split(strings.TrimSuffix(variant.doc, "."), ". ")
	same := 0
	for same < min(len(ours), len(theirs)) && ours[same] == theirs[same] {
		same++
	}
	s.doc = strings.Join(ours[:same], ". ") + "."
}

// ownKeys are the keys that people set: all but the one that the worker sets for every converter.
func ownKeys(d *config.Def) *config.Def {
	rest := config.NewDef()
	for _, k := range d.Keys() {
		if k.Name != "converter.type" {
			rest.Define(*k)
		}
	}
	return rest
}

// simpleName is the class without its package and without the variant behind the dollar sign.
func simpleName(class string) string {
	class, _, _ = strings.Cut(class, "$")
	return class[strings.LastIndexByte(class, '.')+1:]
}
