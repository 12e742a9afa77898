package boards

import (
	"bytes"
	"encoding/json"
)

type object = map[string]any

// source is the data source that a variable of the dashboard chooses.
var source = object{"type": "prometheus", "uid": "${datasource}"}

// Grafana returns the board as Grafana imports it.
func (b Board) Grafana() ([]byte, error) {
	var panels []object
	id, y := 0, 0
	add := func(p object) {
		id++
		p["id"] = id
		panels = append(panels, p)
	}
	for _, row := range b.Rows {
		add(object{"type": "row", "title": row.Title, "collapsed": false, "panels": []any{}, "gridPos": object{"x": 0, "y": y, "w": 24, "h": 1}})
		y++
		x, height := 0, 0
		for _, p := range row.Panels {
			w, h := p.size()
			if x+w > 24 {
				x, y, height = 0, y+height, 0
			}
			g := p.grafana()
			g["gridPos"] = object{"x": x, "y": y, "w": w, "h": h}
			add(g)
			x, height = x+w, max(height, h)
		}
		y += height
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(object{
		"uid": b.UID, "title": b.Title, "description": b.Help, "tags": []string{"moldau", "kafka-connect"}, "schemaVersion": 39, "version": 1, "editable": true,
		"time": object{"from": "now-3h", "to": "now"}, "refresh": "30s", "graphTooltip": 1, "templating": object{"list": b.variables()}, "panels": panels,
	})
	return out.Bytes(), err
}

func (b Board) variables() []object {
	list := []object{
		{"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
		{"name": "job", "label": "Cluster", "type": "query", "datasource": source, "query": "label_values(kafka_connect_worker_task_count, job)", "refresh": 2,
			"includeAll": true, "multi": true, "allValue": ".+", "sort": 1},
	}
	if b.One {
		list = append(list, object{"name": "connector", "label": "Connector", "type": "query", "datasource": source,
			"query": `label_values(kafka_connect_connector_status{job=~"$job"}, connector)`, "refresh": 2, "sort": 1})
	}
	return list
}

func (p Panel) size() (w, h int) {
	if p.Kind == Number {
		return 4, 4
	}
	return 8, 8
}

func (p Panel) grafana() object {
	var targets []object
	for i, q := range p.Queries {
		t := object{"refId": string(rune('A' + i)), "datasource": source, "expr": q.Expr, "legendFormat": q.Legend}
		if p.Kind == Table {
			t["format"], t["instant"] = "table", true
		}
		targets = append(targets, t)
	}
	defaults := object{"unit": p.Unit}
	if p.Bad != nil {
		good, bad := "green", "red"
		if p.Low {
			good, bad = bad, good
		}
		defaults["thresholds"] = object{"mode": "absolute", "steps": []object{{"color": good, "value": nil}, {"color": bad, "value": *p.Bad}}}
	}
	g := object{"type": string(p.Kind), "title": p.Title, "description": p.Help, "datasource": source, "targets": targets,
		"fieldConfig": object{"defaults": defaults, "overrides": []any{}}}
	switch p.Kind {
	case Number:
		g["options"] = object{"reduceOptions": object{"calcs": []string{"lastNotNull"}}, "colorMode": "value"}
	case Table:
		g["transformations"] = []object{{"id": "organize", "options": object{"excludeByName": object{"Time": true, "Value": true, "__name__": true, "job": true}}}}
	case Lines:
		g["options"] = object{"legend": object{"displayMode": "list", "placement": "bottom"}, "tooltip": object{"mode": "multi", "sort": "desc"}}
	}
	return g
}
