// Package picture draws dashboards of package boards as SVG from what a Prometheus answers, for documents and for those who have no Grafana at hand.
package picture

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/moldau/moldau/ops/boards"
)

// Asker fills the variables of queries and asks a Prometheus.
type Asker struct {
	// URL is Prometheus' address; Job and Connector are the values of the variables.
	URL, Job, Connector string
	From, To            time.Time
	// Rate is the window of rates, 1m say.
	Rate string
}

// line is one series of an answer.
type line struct {
	legend string
	labels map[string]string
	points []point
}

type point struct{ time, value float64 }

// points are asked for in so many steps.
const steps = 160

func (a Asker) ask(ctx context.Context, q boards.Query) ([]line, error) {
	form := url.Values{"query": {q.Filled(a.Job, a.Connector, a.Rate)}, "start": {unix(a.From)}, "end": {unix(a.To)},
		"step": {fmt.Sprint(max(1, a.To.Sub(a.From).Seconds()/steps))}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL+"/api/v1/query_range?"+form.Encode(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var body struct {
		Error string
		Data  struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		return nil, fmt.Errorf("%s: %w", answer.Status, err)
	}
	if body.Error != "" {
		return nil, fmt.Errorf("query %s: %s", q.Expr, body.Error)
	}
	var out []line
	for _, r := range body.Data.Result {
		l := line{labels: r.Metric, legend: legend(q.Legend, r.Metric)}
		for _, v := range r.Values {
			at, ok := v[0].(float64)
			text, isText := v[1].(string)
			value, err := strconv.ParseFloat(text, 64)
			if ok && isText && err == nil && !math.IsNaN(value) && !math.IsInf(value, 0) {
				l.points = append(l.points, point{at, value})
			}
		}
		if len(l.points) > 0 {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b line) int {
		if a.legend < b.legend {
			return -1
		}
		return 1
	})
	return out, nil
}

func unix(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }

var placeholder = regexp.MustCompile(`\{\{ *(\w+) *\}\}`)

// legend fills a template of Grafana.
func legend(template string, labels map[string]string) string {
	return placeholder.ReplaceAllStringFunc(template, func(s string) string { return labels[placeholder.FindStringSubmatch(s)[1]] })
}
