package picture

import (
	"context"
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/moldau/moldau/ops/boards"
)

const (
	width   = 1200.0
	gap     = 8.0
	head    = 30.0 // of the board and of each row
	numberH = 84.0
	plotH   = 190.0
)

var colours = []string{"#2f6fb3", "#d9822b", "#3d8f5a", "#b34a4a", "#7a5ba8", "#5f7a86", "#a8874b", "#c2558c"}

type canvas struct {
	strings.Builder
}

func (c *canvas) text(x, y, size float64, style, s string) {
	fmt.Fprintf(c, `<text x="%.1f" y="%.1f" font-size="%.0f" %s>%s</text>`+"\n", x, y, size, style, html.EscapeString(s))
}

// Draw asks every query of a board and draws it.
func (a Asker) Draw(ctx context.Context, b boards.Board) ([]byte, error) {
	var c canvas
	title := b.Title
	if b.One {
		title += ": " + a.Connector
	}
	c.text(gap, 22, 17, `font-weight="bold"`, title)
	y := head
	for _, row := range b.Rows {
		c.text(gap, y+20, 13, `font-weight="bold" fill="#555"`, row.Title)
		y += head
		for i := 0; i < len(row.Panels); {
			n, h := 3, plotH
			if row.Panels[i].Kind == boards.Number {
				n, h = 6, numberH
			}
			end := i
			for end < len(row.Panels) && end-i < n && (row.Panels[end].Kind == boards.Number) == (row.Panels[i].Kind == boards.Number) {
				end++
			}
			w := (width - gap) / float64(n)
			for k := i; k < end; k++ {
				if err := a.panel(ctx, &c, row.Panels[k], gap+float64(k-i)*w, y, w-gap, h-gap); err != nil {
					return nil, err
				}
			}
			i, y = end, y+h
		}
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif">`+"\n"+
		`<rect width="100%%" height="100%%" fill="#f3f4f6"/>`+"\n%s</svg>\n", width, y, c.String()), nil
}

func (a Asker) panel(ctx context.Context, c *canvas, p boards.Panel, x, y, w, h float64) error {
	var all []line
	for _, q := range p.Queries {
		l, err := a.ask(ctx, q)
		if err != nil {
			return err
		}
		all = append(all, l...)
	}
	fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="3" fill="#fff" stroke="#ddd"/>`+"\n", x, y, w, h)
	c.text(x+8, y+16, 11, `fill="#333"`, p.Title)
	switch {
	case len(all) == 0:
		c.text(x+8, y+40, 11, `fill="#999"`, "no data")
	case p.Kind == boards.Number:
		v := last(all[0])
		colour := "#222"
		if p.Bad != nil {
			colour = "#3d8f5a"
			if p.Low && v < *p.Bad || !p.Low && v >= *p.Bad {
				colour = "#b34a4a"
			}
		}
		c.text(x+8, y+56, 26, `font-weight="bold" fill="`+colour+`"`, amount(v, p.Unit))
	case p.Kind == boards.Table:
		c.rows(all, x+8, y+34, int((h-34)/14))
	default:
		c.plot(all, p.Unit, x, y, w, h)
	}
	return nil
}

func last(l line) float64 { return l.points[len(l.points)-1].value }

// rows writes the labels of series that are still there.
func (c *canvas) rows(all []line, x, y float64, most int) {
	newest := 0.0
	for _, l := range all {
		newest = max(newest, l.points[len(l.points)-1].time)
	}
	var texts []string
	for _, l := range all {
		if l.points[len(l.points)-1].time < newest {
			continue
		}
		var words []string
		for _, k := range []string{"alertname", "alertstate", "connector", "task", "status", "connector_class", "connector_version", "leader_name"} {
			if v := l.labels[k]; v != "" {
				words = append(words, v[strings.LastIndex(v, ".")+1:])
			}
		}
		texts = append(texts, strings.Join(words, "  "))
	}
	slices.Sort(texts)
	for i, text := range slices.Compact(texts) {
		if i < most {
			c.text(x, y+float64(i)*14, 10, `fill="#333"`, text)
		}
	}
}

func (c *canvas) plot(all []line, unit string, x, y, w, h float64) {
	const left, top, bottom, most = 52.0, 26.0, 34.0, 9
	low, high, from, to := 0.0, 0.0, math.Inf(1), math.Inf(-1)
	for _, l := range all {
		for _, p := range l.points {
			low, high, from, to = min(low, p.value), max(high, p.value), min(from, p.time), max(to, p.time)
		}
	}
	if high == low {
		high = low + 1
	}
	if to == from {
		to = from + 1
	}
	pw, ph := w-left-10, h-top-bottom
	for i := range 4 {
		v := low + (high-low)*float64(i)/3
		at := y + top + ph - ph*float64(i)/3
		fmt.Fprintf(c, `<path d="M%.1f %.1fh%.1f" stroke="#e5e5e5"/>`+"\n", x+left, at, pw)
		c.text(x+left-5, at+3, 9, `fill="#777" text-anchor="end"`, amount(v, unit))
	}
	at := x + left
	for i, l := range all {
		colour := colours[i%len(colours)]
		var path strings.Builder
		for k, p := range l.points {
			command := "L"
			if k == 0 {
				command = "M"
			}
			fmt.Fprintf(&path, "%s%.1f %.1f", command, x+left+pw*(p.time-from)/(to-from), y+top+ph-ph*(p.value-low)/(high-low))
		}
		fmt.Fprintf(c, `<path d="%s" fill="none" stroke="%s" stroke-width="1.4"/>`+"\n", path.String(), colour)
		// The legend has one row; what does not fit in is left out.
		if name := l.legend; i < most && at+float64(len(name))*5.5+14 < x+w {
			fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="8" height="3" fill="%s"/>`+"\n", at, y+h-13, colour)
			c.text(at+11, y+h-9, 9, `fill="#555"`, name)
			at += float64(len(name))*5.5 + 22
		}
	}
}

// amount writes a number in a unit of Grafana's.
func amount(v float64, unit string) string {
	short := func(v float64, base float64, suffixes string) string {
		i := -1
		for math.Abs(v) >= base && i+1 < len(suffixes) {
			v, i = v/base, i+1
		}
		text := strconv.FormatFloat(v, 'g', 3, 64)
		if math.Abs(v) >= 100 {
			text = strconv.FormatFloat(v, 'f', 0, 64)
		}
		if i >= 0 {
			text += " " + suffixes[i:i+1]
		}
		return text
	}
	switch unit {
	case "percentunit":
		return strconv.FormatFloat(v*100, 'f', 1, 64) + " %"
	case "s":
		if math.Abs(v) < 1 {
			return short(v*1000, 1e9, "") + " ms"
		}
		return short(v, 1e9, "") + " s"
	case "ms":
		return short(v, 1e9, "") + " ms"
	case "bytes", "Bps":
		text := short(v, 1024, "KMGT") + "B"
		if unit == "Bps" {
			text += "/s"
		}
		return text
	case "dateTimeFromNow":
		return short(v, 1e9, "")
	}
	return short(v, 1000, "kMG")
}
